/* Improves the console, and is needed by none of its pages: the menu of a telephone, how far
   posters are, and a table's picture into the clipboard. */
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("scripted");

  var menu = document.querySelector(".menu");
  if (menu) {
    menu.addEventListener("click", function () {
      var open = document.querySelector(".side").classList.toggle("unfolded");
      menu.setAttribute("aria-expanded", String(open));
    });
  }

  Array.prototype.forEach.call(document.querySelectorAll(".unfold"), function (button) {
    button.addEventListener("click", function () {
      var open = button.getAttribute("aria-expanded") === "false";
      button.setAttribute("aria-expanded", String(open));
    });
  });

  // A list of check boxes with one above that ticks them all.
  Array.prototype.forEach.call(document.querySelectorAll("[data-all]"), function (all) {
    all.addEventListener("change", function () {
      Array.prototype.forEach.call(
        document.querySelectorAll("input[name='" + all.getAttribute("data-all") + "']"),
        function (one) { one.checked = all.checked; }
      );
    });
  });

  // Without a script people print by the browser's menu.
  var print = document.querySelector("[data-print]");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", function () { window.print(); });
  }

  // What cannot be taken back is asked for twice.
  Array.prototype.forEach.call(document.querySelectorAll("form[data-sure]"), function (form) {
    form.addEventListener("submit", function (event) {
      if (!window.confirm(form.getAttribute("data-sure"))) { event.preventDefault(); }
    });
  });

  // Too long is said at the field, and not cut as maxlength does with what is pasted. A field
  // that is wrong is named by the browser when the form is sent.
  Array.prototype.forEach.call(document.querySelectorAll("[data-most]"), function (field) {
    var most = Number(field.getAttribute("data-most"));
    function look() {
      var typed = Array.from(field.value.trim()).length;
      field.setCustomValidity(
        typed > most ? "写了 " + typed + " 个字，最多 " + most + " 个字，请写短一些。" : ""
      );
    }
    field.addEventListener("input", look);
    look();
  });

  // A paper that is being written: how many characters it has, and a draft that stays in this
  // browser until somebody clears it.
  var written = document.querySelector("form[data-draft]");
  if (written) {
    var draftKey = "zhuanma-" + written.getAttribute("data-draft");
    var counted = written.querySelectorAll("[data-counted]"), shown = written.querySelector("[data-count]");
    var fields = written.querySelectorAll("input:not([type=hidden]), textarea");
    var forget = written.querySelector("[data-forget]");
    var count = function () {
      var number = Number(written.getAttribute("data-counts"));
      var most = Number(shown.getAttribute("data-most-count"));
      if (!number) { return; }
      Array.prototype.forEach.call(counted, function (field) {
        number += Array.from(field.value.replace(/[\s{}｛｝]/g, "")).length;
      });
      shown.textContent = "正文约 " + number + " 字，最多 " + most + " 字。" +
        (number > most ? "超过了 " + (number - most) + " 字，不能出文。" : "");
      shown.classList.toggle("wrong", number > most);
    };
    var keep = function () {
      var kept = {};
      Array.prototype.forEach.call(fields, function (field) { kept[field.name] = field.value; });
      try { window.localStorage.setItem(draftKey, JSON.stringify(kept)); } catch (error) { return; }
      forget.hidden = written.querySelector("[data-kept]").hidden = false;
    };
    try {
      var before = JSON.parse(window.localStorage.getItem(draftKey) || "null");
      if (before && written.hasAttribute("data-fresh")) {
        Array.prototype.forEach.call(fields, function (field) {
          if (before[field.name] && field.type !== "date") { field.value = before[field.name]; }
        });
      }
      forget.hidden = written.querySelector("[data-kept]").hidden = !before;
    } catch (error) { /* it keeps nothing then */ }
    forget.addEventListener("click", function () {
      try { window.localStorage.removeItem(draftKey); } catch (error) { /* nothing is kept */ }
      window.location.assign(written.getAttribute("data-again"));
    });
    written.addEventListener("input", function () { keep(); count(); });
    count();
  }

  var jobs = document.querySelector("[data-jobs]");
  function look() {
    fetch(jobs.getAttribute("data-jobs")).then(function (answer) { return answer.json(); })
      .then(function (found) {
        var busy = false;
        found.forEach(function (job) {
          var row = document.getElementById("job-" + job.id);
          if (!row) { return; }
          row.querySelector("progress").value = job.done;
          row.querySelector(".count").textContent = job.done + "/" + job.total;
          busy = busy || job.state === "running" || job.state === "waiting";
        });
        if (busy) { setTimeout(look, 1500); } else { window.location.reload(); }
      }).catch(function () { setTimeout(look, 5000); });
  }
  if (jobs) { setTimeout(look, 1500); }

  // A file that is worked off: the page that comes at its end is another one.
  var work = document.querySelector("[data-work]");
  function follow() {
    fetch(work.getAttribute("data-work")).then(function (answer) {
      if (!answer.ok) { throw new Error(String(answer.status)); }
      return answer.json();
    }).then(function (found) {
      var bar = work.querySelector("progress"), stop = work.querySelector("form");
      if (found.state !== "running") { window.location.reload(); return; }
      if (work.querySelector(".phase").textContent !== found.text) {
        work.querySelector(".phase").textContent = found.text;
      }
      work.querySelector(".count").textContent = found.count;
      if (found.total) {
        bar.max = Math.max(found.total, found.done);
        bar.value = found.done;
      } else {
        bar.removeAttribute("value");
      }
      if (stop && found.counts) { stop.remove(); }
      setTimeout(follow, 1000);
    }).catch(function () { setTimeout(follow, 5000); });
  }
  if (work) { setTimeout(follow, 700); }

  var said = document.getElementById("said");
  Array.prototype.forEach.call(document.querySelectorAll("[data-picture]"), function (copy) {
    copy.hidden = false;
    copy.addEventListener("click", function () {
      var link = document.getElementById(copy.getAttribute("data-keep"));
      function fall() {
        said.textContent = "这个浏览器不能直接复制，已改为下载，请到群里发送这张图片。";
        link.click();
      }
      if (!window.ClipboardItem || !navigator.clipboard || !navigator.clipboard.write) {
        fall();
        return;
      }
      // The picture as a promise: Safari allows the clipboard only within the click.
      var picture = fetch(copy.getAttribute("data-picture")).then(function (answer) {
        if (!answer.ok) { throw new Error(String(answer.status)); }
        return answer.blob();
      });
      navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]).then(function () {
        said.textContent = "已复制。到微信群里按 Ctrl+V（电脑）或长按粘贴（手机）。";
      }, fall);
    });
  });
}());
