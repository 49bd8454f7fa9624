import { inHand, taughtOf } from "../corrections.js";
import { html } from "../html.js";
import { cut, wordsOf } from "../words.js";

const MOST_CHARACTERS = 80;
const MOST_WORDS = 8;

/** The words of a note: what was found in it can be tapped; while some are picked, every word can. */
export function Words({ customerId, note, picked }) {
  const cue = note.follow_up && { ...note.follow_up, cue: true };
  const spans = [...note.mentions, ...(cue ? [cue] : [])];
  if (picked.value) return html`<${Picker} customerId=${customerId} note=${note} picked=${picked} />`;
  return html`
    <p class="words">${cut(note.text, spans).map(({ text, span }) => (span ? html`<${Mark} customerId=${customerId} note=${note} span=${span} text=${text} />` : text))}</p>
    ${taughtOf(note.note_id).map((entry) => html`<${Teaching} key=${entry.position} entry=${entry} />`)}
  `;
}

function Mark({ customerId, note, span, text }) {
  if (span.cue) return html`<mark class="cue">${text}</mark>`;
  const open = () => (inHand.value = { customerId, note, start: span.start, end: span.end, text, mention: span });
  return html`<mark class="found" role="button" tabindex="0" aria-haspopup="dialog" onClick=${open} onKeyDown=${pressed(open)}>${text}</mark>`;
}

function Teaching({ entry }) {
  if (entry.state === "attention") return html`<p class="state"><strong>Not taken</strong> · “${entry.body.phrase}” · ${entry.problem}</p>`;
  return html`<p class="state">“${entry.body.phrase}”: ${entry.meaning} · ${entry.state === "sent" ? "being read again" : "saved on this phone"}</p>`;
}

/** Every word can be tapped; the first and the last one tapped are the ends of what is meant. */
function Picker({ customerId, note, picked }) {
  const words = wordsOf(note.text);
  const { first, last } = picked.value;
  const tap = (place) => (picked.value = first === undefined ? { first: place, last: place } : { first: Math.min(first, place), last: Math.max(last, place) });
  const chosen = first !== undefined && { start: words[first].start, end: words[last].end };
  const text = chosen && Array.from(note.text).slice(chosen.start, chosen.end).join("");
  const open = () => {
    picked.value = null;
    inHand.value = { customerId, note, ...chosen, text };
  };
  return html`
    <p class="words" role="group" aria-label="Tap the words">
      ${cut(note.text, words).map(({ text: word, span }) => {
        if (!span) return word;
        const on = first <= span.place && span.place <= last;
        return html`<span class=${`word ${on ? "on" : ""}`} role="button" tabindex="0" aria-pressed=${String(on)} onClick=${() => tap(span.place)} onKeyDown=${pressed(() => tap(span.place))}>${word}</span>`;
      })}
    </p>
    <div class="choice pick">
      <button type="button" class="primary" disabled=${!chosen || text.length > MOST_CHARACTERS || last - first >= MOST_WORDS} onClick=${open}>These words mean…</button>
      <button type="button" onClick=${() => (picked.value = null)}>Cancel</button>
    </div>
  `;
}

/** What is no button but acts as one hears Enter and the space bar. */
const pressed = (act) => (event) => {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  act();
};
