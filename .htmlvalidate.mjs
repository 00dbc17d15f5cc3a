// What a built page must be as HTML; tests/site/test_html.py. Each rule that is off stands here with its reason.

export default {
  root: true,
  extends: ["html-validate:standard", "html-validate:a11y"],
  rules: {
    // The theme's forms, the search and the palette's switch, act as one types or chooses; a button to send them would do nothing
    "wcag/h32": "off",
    // The theme writes the table of contents twice, for the phone's drawer and for the margin, of which one shows: axe judges what shows
    "unique-landmark": "off",
  },
};
