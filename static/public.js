/* Improves the pages, and is needed by none: grouping while typing, reading back, one
   submit, and the word that somebody looks at the page. ES5, for old WebViews. */
(function () {
  "use strict";
  function each(list, act) { for (var i = 0; i < list.length; i += 1) { act(list[i]); } }
  function grouped(digits) {
    return [digits.slice(0, 3), digits.slice(3, 7), digits.slice(7, 11)].filter(Boolean).join(" ");
  }
  var phone = document.getElementById("phone");
  var said = document.getElementById("said");
  if (phone) {
    phone.addEventListener("input", function () {
      // Full width as the server reads it. What else is typed stays, for the server to tell.
      var typed = phone.value.replace(/[\uff10-\uff19]/g, function (wide) {
        return String.fromCharCode(wide.charCodeAt(0) - 0xfee0);
      });
      var digits = typed.replace(/[^0-9]/g, "");
      var plain = /^[0-9\s\-\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*$/.test(typed);
      // Not while somebody corrects in the middle, and not what begins with +86.
      if (
        plain && phone.selectionStart === phone.value.length && /^1/.test(digits)
        && digits.length <= 11
      ) {
        phone.value = grouped(digits);
      }
      if (said) {
        said.textContent = plain && digits.length === 11 ? "您输入的是 " + grouped(digits) : "";
      }
    });
  }
  each(document.getElementsByTagName("form"), function (form) {
    var sent = false;
    form.addEventListener("submit", function (event) {
      if (sent) { event.preventDefault(); return; }
      sent = true;
      if (form.getAttribute("action") === "/another") {
        try { window.localStorage.clear(); } catch (error) { /* it keeps nothing then */ }
      }
      var button = form.querySelector("button");
      var text = button && button.textContent;
      function wait(on) {
        if (button) { button.disabled = on; button.textContent = on ? "请稍等" : text; }
        sent = on;
      }
      // After this event, or the browser would not send the form at all.
      setTimeout(function () { wait(true); }, 0);
      setTimeout(function () { wait(false); }, 15000);
      // Back from the next page: the button must work again.
      window.addEventListener("pageshow", function () { wait(false); });
    });
  });
  // Where nothing may be known people tick for themselves; it stays on this phone.
  var list = document.querySelector("[data-ticks]");
  function ticks(kept) {
    var name = "ticks-" + list.getAttribute("data-ticks");
    try {
      if (kept !== undefined) { window.localStorage.setItem(name, kept); }
      return window.localStorage.getItem(name) || "";
    } catch (error) { return kept || ""; }
  }
  each(list ? list.children : [], function (step) {
    if (!/^step-[234]$/.test(step.id)) { return; }
    var label = document.createElement("label");
    var box = document.createElement("input");
    box.type = "checkbox";
    box.checked = ticks().indexOf(step.id) >= 0;
    function show() { step.className = box.checked ? "ticked" : ""; }
    box.addEventListener("change", function () {
      var kept = ticks().split(" ").filter(function (id) { return id && id !== step.id; });
      ticks((box.checked ? kept.concat(step.id) : kept).join(" "));
      show();
    });
    label.className = "tick";
    label.appendChild(box);
    label.appendChild(document.createTextNode("这一步我办好了"));
    (step.querySelector("details") || step).appendChild(label);
    show();
  });
  // A note that it is done is for who keeps no cookie; in an address that is shared it has no place.
  if (list && /^\?m=(ok|look)$/.test(window.location.search) && window.history.replaceState
      && !document.querySelector("[data-fresh]")) {
    window.history.replaceState(null, "", window.location.pathname);
  }
  // A page that was kept whole by the browser may be another person's by now.
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) { window.location.reload(); }
  });
  var token = document.querySelector("#fill input[name=token]");
  function seen() {
    if (!token || document.visibilityState === "hidden") { return; }
    var body = "token=" + encodeURIComponent(token.value);
    token = null;
    var request = new XMLHttpRequest();
    request.open("POST", "/seen");
    request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    request.send(body);
  }
  // A preview renders for a moment and is gone.
  setTimeout(seen, 800);
  document.addEventListener("visibilitychange", function () { setTimeout(seen, 800); });
}());
