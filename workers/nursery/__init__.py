"""The nursery: workers that are forked with the compiled catalogue, and forked anew when the catalogue changes.

Three kinds of processes, each the parent of the next:

- the *nursery* (`nursery`) imports everything, watches the version of the catalogue and keeps one generation at work;
- a *generation* (`generation`) compiles one version of the catalogue, once, and forks a worker for each name;
- a *worker* (`worker`) reads notes with the reader it has inherited, whose memory it shares with its siblings.

When the catalogue has changed, the old generation goes on working until the workers of the new one take work; then it
is asked to end, and its workers finish what they hold. A worker that dies is forked again at once. Nobody outlives
its parent (`offspring`).
"""
