/* Improves the counter's pages, and is needed by none: reading back, no network told at once,
   an empty form after a while, and a page that is asked for anew instead of remembered. ES5. */
(function () {
  "use strict";
  var body = document.body;
  var phone = document.getElementById("phone");
  var said = document.getElementById("said");
  if (phone) {
    phone.addEventListener("input", function () {
      var digits = phone.value.replace(/[^0-9]/g, "");
      said.textContent = digits.length === 11
        ? "请和客人核对：" + [digits.slice(0, 3), digits.slice(3, 7), digits.slice(7)].join(" ") : "";
    });
  }

  // Nothing of the customer before is shown from a browser's memory.
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) { window.location.reload(); }
  });

  // Left alone, the page becomes an empty form.
  var fresh = body.getAttribute("data-fresh");
  var after = Number(body.getAttribute("data-after") || 90) * 1000;
  var timer = 0;
  var broken = false;
  function rest() {
    clearTimeout(timer);
    if (fresh) {
      timer = setTimeout(function () {
        if (navigator.onLine === false || broken) { rest(); } else { window.location.replace(fresh); }
      }, after);
    }
  }
  ["input", "click", "touchstart", "keydown"].forEach(function (name) {
    document.addEventListener(name, rest);
  });
  rest();

  // No network: said at once, and what was typed stays.
  var offline = document.getElementById("offline");
  function tell(gone) {
    broken = gone;
    if (!offline) { return; }
    offline.hidden = !gone;
    if (gone) { offline.scrollIntoView(); }
  }
  window.addEventListener("offline", function () { tell(true); });
  window.addEventListener("online", function () { tell(false); });
  if (navigator.onLine === false) { tell(true); }
  Array.prototype.forEach.call(document.getElementsByTagName("form"), function (form) {
    var sent = false;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      if (sent) { return; }
      sent = true;
      var button = form.querySelector("button");
      button.disabled = true;
      function back() {
        sent = false;
        button.disabled = false;
        tell(true);
      }
      var asked = new XMLHttpRequest();
      asked.open("GET", "/healthz");
      asked.timeout = 8000;
      asked.onload = function () { HTMLFormElement.prototype.submit.call(form); };
      asked.onerror = back;
      asked.ontimeout = back;
      asked.send();
    });
  });

  var seen = body.getAttribute("data-seen");
  function look() {
    var asked = new XMLHttpRequest();
    asked.open("GET", seen);
    asked.onload = function () {
      var taken = false;
      try { taken = JSON.parse(asked.responseText).taken; } catch (error) { taken = false; }
      if (taken) { document.getElementById("taken").hidden = false; } else { setTimeout(look, 3000); }
    };
    asked.onerror = function () { setTimeout(look, 5000); };
    asked.send();
  }
  if (seen) { setTimeout(look, 3000); }

  var print = document.getElementById("print");
  if (print) { print.addEventListener("click", function () { window.print(); }); }
}());
