/* Improves setting up, and is needed by none of its pages: what is typed is kept by itself, and
   shown on the poster and the page beside it; a slip goes to the printer. */
(function () {
  "use strict";
  var form = document.querySelector("[data-draft]");
  var kept = document.getElementById("kept");
  var timer = null;
  var under = false;
  var again = false;

  function each(selector, act) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), act);
  }

  function tell(answer) {
    each("[data-wrong]", function (place) {
      var name = place.getAttribute("data-wrong");
      var text = answer.wrong[name] || "";
      if (place.textContent !== text) { place.textContent = text; }
      var field = document.getElementById("i-" + name);
      if (field && text) { field.setAttribute("aria-invalid", "true"); }
      if (field && !text) { field.removeAttribute("aria-invalid"); }
    });
    kept.textContent = answer.missing.length ? "已保存，还有 " + answer.missing.length + " 项必填。" : "已保存。";
    var poster = document.getElementById("poster");
    var next = form.getAttribute("data-poster") + "?r=" + answer.revision;
    if (poster.getAttribute("src") !== next) {
      poster.classList.add("old");
      poster.setAttribute("src", next);
      document.getElementById("page").setAttribute(
        "src", form.getAttribute("data-page") + "?r=" + answer.revision
      );
    }
  }

  function keep() {
    if (under) { again = true; return; }
    under = true;
    fetch(form.action, {
      method: "POST", body: new FormData(form), headers: { Accept: "application/json" }
    }).then(function (answer) {
      if (!answer.ok) { throw new Error(String(answer.status)); }
      return answer.json();
    }).then(tell).catch(function () {
      kept.textContent = "没有存上，网络不通或登录过期。请点“保存并看样子”。";
    }).then(function () {
      under = false;
      if (again) { again = false; keep(); }
    });
  }

  if (form) {
    document.getElementById("poster").addEventListener("load", function () {
      this.classList.remove("old");
    });
    form.addEventListener("input", function () {
      clearTimeout(timer);
      kept.textContent = "正在保存…";
      timer = setTimeout(keep, 500);
    });
    form.addEventListener("submit", function () { clearTimeout(timer); });
  }

  each("[data-print]", function (button) {
    button.addEventListener("click", function () { window.print(); });
  });
}());
