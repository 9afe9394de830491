// Draws the page anew where one reads it, as soon as it says something else: by an event that has the number of the newest
// state. What stands around it, the box one types in among it, stays as it is; so does the place one has scrolled to.
(() => {
  "use strict";
  const own = document.currentScript;
  let revision = own.dataset.revision, wanted = revision, busy = false, ended = false;
  const say = (text) => document.querySelectorAll(".preview-state").forEach((place) => { place.textContent = text; });
  const PARTS = [".frame", ".foot", ".preview-bar", ".collections"];

  const draw = async () => {
    const answer = await fetch(location.href, { cache: "no-store", headers: { Accept: "text/html" } });
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    const script = next.querySelector("script[data-revision]");
    // Nothing of ours: another page answers, or nobody may look any more.
    if (!script || PARTS.some((part) => !next.querySelector(part))) { location.reload(); return; }
    if (script.src !== own.src) { location.reload(); return; }
    const { scrollX, scrollY } = window;
    if (answer.redirected) history.replaceState(history.state, "", answer.url + location.hash);
    for (const part of PARTS) {
      const old = document.querySelector(part), fresh = next.querySelector(part);
      if (old && old.innerHTML !== fresh.innerHTML) old.replaceWith(fresh);
    }
    document.title = next.title;
    window.scrollTo({ left: scrollX, top: scrollY, behavior: "instant" });
    revision = script.dataset.revision;
  };
  const refresh = async () => {
    if (busy) return;
    busy = true;
    try {
      // What came while it was drawn is drawn as well; a server that is behind is asked at its next event.
      for (let tries = 0; revision !== wanted && tries < 3; tries++) await draw();
    } catch { say("The page could not be loaded."); }
    busy = false;
  };

  const source = new EventSource(own.dataset.events);
  source.onmessage = (event) => {
    if (ended) { ended = false; say(""); }
    wanted = event.data;
    refresh();
  };
  source.onerror = () => { ended = true; say("cairn preview does not answer."); };
})();
