"use strict";
// How search compares a word that is asked for with the words of the index.
// docs/hooks/search.py puts this in front of Material's worker, and has that call it.
const search = (() => {
  const HAN = /\p{sc=Han}/u;
  const remembered = (make) => {
    const known = new Map();
    return (word) => known.get(word) ?? known.set(word, make(word)).get(word);
  };
  // People type an x for ×, which no keyboard has.
  const fold = remembered((word) => word.toLowerCase().replaceAll("×", "x"));
  // Only of plain English: conv2d and learning_rate stay as they are.
  const stem = remembered((word) => (/^[a-z]{4,}$/.test(word) ? lunr.stemmer(new lunr.Token(word)).toString() : word));

  let alone = false; // whether the query is of one word

  // How well a word answers what is asked for: best if it is the same, then in another form
  // (flipping, flips), then if it, or a part of a name (weight.numel, max_learning_rate), only
  // begins so. Chinese has no such borders. 0 is no answer.
  const likeness = (asked, word) => {
    const a = fold(asked.replaceAll("*", ""));
    const w = fold(word);
    // A public name, which docs/hooks/search.py marks: typed by itself, its own page comes first.
    if (w.startsWith("convdocs·")) return alone && w === `convdocs·${a}` ? 100 : 0;
    if (a === w) return 8;
    if (HAN.test(a)) return w.includes(a) ? 1 : 0;
    if (stem(a) === stem(w)) return 4;
    return w.startsWith(a) || w.includes(`_${a}`) || w.includes(`.${a}`) ? 1 : 0;
  };

  // The words of the index that answer, with those that lunr found by rules of its own (~, *).
  const alike = (asked, index, found) => [
    ...new Set([...found, ...Object.keys(index).filter((word) => likeness(asked, word))]),
  ];

  // What is said around a question, and is no part of it.
  const ASKING = new Set(["什么", "怎么", "怎样", "如何", "为什么", "哪里", "哪些", "多少", "是什么"]);
  const idle = (word) => ASKING.has(word) || !lunr.stopWordFilter(word.toLowerCase());

  // All pieces of the Chinese words in the index, which no space divides from each other.
  let pieces;
  const piecesOf = (index) => {
    pieces = new Set();
    for (const word of Object.keys(index).filter((word) => HAN.test(word))) {
      for (let i = 0; i < word.length; i++) {
        for (let j = i + 1; j <= word.length; j++) pieces.add(word.slice(i, j));
      }
    }
    return pieces;
  };
  // Chinese cut into words of the index, from the left, each as long as possible.
  const cut = (text, index) => {
    const known = pieces ?? piecesOf(index);
    const words = [];
    for (let i = 0, j; i < text.length; i = Math.max(j, i + 1)) {
      for (j = text.length; j > i && !known.has(text.slice(i, j)); ) j--;
      if (j > i) words.push(text.slice(i, j));
    }
    const long = words.filter((word) => word.length > 1);
    return long.length ? long : words.length ? words : [text];
  };

  // A query as words. The last one may be incomplete, and so of those that are no question.
  const ask = (query, index) => {
    const words = query
      .replace(/([\w×.])(?=\p{sc=Han})/gu, "$1 ")
      .replace(/(\p{sc=Han})(?=[\w×.])/gu, "$1 ")
      .replace(/\p{sc=Han}+/gu, (text) => cut(text, index).join(" "))
      .trim()
      .split(/\s+/);
    alone = words.length === 1;
    if (query.includes('"')) return words.join(" ");
    return words.filter((word, i) => !ASKING.has(word) && (i === words.length - 1 || !idle(word))).join(" ");
  };

  // Which of what was asked for a text has, each with the other forms that are to be marked.
  const terms = (clauses, found) => {
    const answers = {};
    for (const { term } of clauses) {
      const forms = found.filter((word) => likeness(term, word));
      const others = forms.filter((word) => !word.includes(term));
      const key = [...(others.length < forms.length ? [term] : []), ...others].join(" ");
      if (forms.length) answers[key] = true;
      else if (!idle(term)) answers[term] = false;
    }
    return answers;
  };

  // What share of them it has, as a factor that no place in a title makes up for.
  const completeness = (terms) => {
    const answers = Object.values(terms);
    return 1e6 ** (answers.filter(Boolean).length / (answers.length || 1));
  };

  // Results as people read them: without the marks between Chinese words, and of a text without
  // any of the words, how it begins.
  const shown = (pages) =>
    pages.map((sections) =>
      sections.map((section) => {
        const text = section.text.replaceAll("\u200b", "");
        const end = text.search(/<\/(p|pre)>/);
        return {
          ...section,
          title: section.title.replaceAll("\u200b", ""),
          text: end < 0 || text.includes("<mark>") ? text : text.slice(0, text.indexOf(">", end) + 1),
        };
      }),
    );

  return { alike, ask, completeness, likeness, shown, terms };
})();
