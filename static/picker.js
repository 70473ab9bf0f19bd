/* Helps with the fields that take a unit or an account: what fits is listed while one types, by
   name, by initials of its pinyin (each reading of a character fits) or by id. Without a script
   the browser's own list does some of it, and the answer says at the field what is not clear. */
(function () {
  "use strict";
  var MOST = 12;
  var BETWEEN = /[,;、，；]/;

  function entriesOf(list) {
    return Array.prototype.map.call(list.querySelectorAll("option"), function (option) {
      return {
        text: option.value,
        plain: option.value.toLowerCase(),
        exact: [option.value.toLowerCase()].concat(option.value.toLowerCase().split(/ (.*)/)),
        sets: (option.getAttribute("data-initials") || "").split(" ")
      };
    });
  }

  function initialsAt(sets, typed) {
    for (var start = 0; start + typed.length <= sets.length; start += 1) {
      var fits = true;
      for (var i = 0; fits && i < typed.length; i += 1) {
        fits = sets[start + i].indexOf(typed[i]) >= 0;
      }
      if (fits) { return start; }
    }
    return -1;
  }

  function rank(entry, typed, letters) {
    var at = entry.plain.indexOf(typed);
    if (at === 0) { return 0; }
    if (at > 0) { return 1; }
    if (!letters) { return -1; }
    var start = initialsAt(entry.sets, letters);
    return start < 0 ? -1 : start === 0 ? 2 : 3;
  }

  function enhance(field, number) {
    var list = document.getElementById(field.getAttribute("list"));
    if (!list) { return; }
    var several = field.getAttribute("data-pick") === "several";
    var entries = entriesOf(list);
    var box = document.createElement("ul");
    var shown = [];
    var at = -1;
    box.id = "picks-" + number;
    box.className = "picks";
    box.hidden = true;
    box.setAttribute("role", "listbox");
    box.setAttribute("aria-label", "可以选的");
    // Two lists would lie over each other.
    field.removeAttribute("list");
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-expanded", "false");
    field.setAttribute("aria-controls", box.id);
    field.closest(".picker").appendChild(box);

    // The part that is being typed, where several stand in one field.
    function parts() {
      var text = field.value;
      var cut = 0;
      if (several) {
        for (var i = 0; i < text.length; i += 1) { if (BETWEEN.test(text[i])) { cut = i + 1; } }
      }
      return { before: text.slice(0, cut), now: text.slice(cut).trim() };
    }

    function close() {
      box.hidden = true;
      at = -1;
      field.setAttribute("aria-expanded", "false");
      field.removeAttribute("aria-activedescendant");
    }

    function mark(place) {
      at = place;
      Array.prototype.forEach.call(box.children, function (line, i) {
        line.setAttribute("aria-selected", String(i === at));
      });
      if (at < 0) { field.removeAttribute("aria-activedescendant"); return; }
      field.setAttribute("aria-activedescendant", box.children[at].id);
      box.children[at].scrollIntoView({ block: "nearest" });
    }

    function choose(place) {
      field.value = parts().before + shown[place].text;
      close();
      // What was asked before is answered by this.
      var asked = field.closest(".picker").querySelector(".wrong");
      if (asked) { asked.remove(); field.removeAttribute("aria-invalid"); }
    }

    function look() {
      var typed = parts().now.toLowerCase();
      var letters = /^[a-z0-9 ]{2,}$/.test(typed) ? typed.replace(/ /g, "") : "";
      // An id or a whole name is clear already, and the list would lie on what comes next.
      if (!typed || entries.some(function (entry) { return entry.exact.indexOf(typed) >= 0; })) {
        close();
        return;
      }
      shown = entries.map(function (entry) { return { text: entry.text, rank: rank(entry, typed, letters) }; })
        .filter(function (entry) { return entry.rank >= 0; })
        .sort(function (one, other) { return one.rank - other.rank; }).slice(0, MOST);
      if (!shown.length) { close(); return; }
      box.textContent = "";
      shown.forEach(function (entry, i) {
        var line = document.createElement("li");
        line.id = box.id + "-" + i;
        line.setAttribute("role", "option");
        line.textContent = entry.text;
        // Before the field loses the focus, which would close the list.
        line.addEventListener("mousedown", function (event) { event.preventDefault(); choose(i); });
        box.appendChild(line);
      });
      box.hidden = false;
      field.setAttribute("aria-expanded", "true");
      mark(-1);
    }

    field.addEventListener("input", look);
    field.addEventListener("blur", close);
    field.addEventListener("keydown", function (event) {
      if (event.key === "ArrowDown" && box.hidden) { look(); }
      if (box.hidden) { return; }
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        var step = event.key === "ArrowDown" ? 1 : -1;
        mark((at + step + shown.length) % shown.length);
        event.preventDefault();
      } else if (event.key === "Enter" && (at >= 0 || shown.length === 1)) {
        choose(Math.max(at, 0));
        event.preventDefault();
      } else if (event.key === "Escape") {
        close();
        event.preventDefault();
      }
    });
  }

  Array.prototype.forEach.call(document.querySelectorAll("[data-pick]"), enhance);
}());
