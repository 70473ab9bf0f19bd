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
