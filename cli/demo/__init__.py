"""What `floorbook demo` plays: the sample store, its people, and the story over the public API."""
