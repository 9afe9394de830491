// Puts retrievals into the table as the ledger gets them. Without this script the page can be loaded again.
(() => {
  const place = document.getElementById("c:tail");
  const state = document.getElementById("c:state");
  const rows = place && place.querySelector("tbody");
  if (!rows || !window.EventSource) return;
  const source = new EventSource(place.dataset.events);
  source.onopen = () => { state.textContent = "New ones appear by themselves."; };
  source.onerror = () => { state.textContent = "The connection broke off; it is tried again."; };
  source.onmessage = (event) => {
    const drawn = document.createElement("template");
    drawn.innerHTML = event.data;
    rows.prepend(drawn.content);
    while (rows.rows.length > 200) rows.lastElementChild.remove();
  };
})();
