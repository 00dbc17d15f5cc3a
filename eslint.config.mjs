// What no script of the site may do, and no widget: see CONTRIBUTING.md, "Adding a widget". Types are checked by tsc, see tsconfig.json.

// The one place of a file where numbers may stand: how large, how fast and how far apart things are drawn
const OUTSIDE = ":not(Program > VariableDeclaration > VariableDeclarator[id.name='SIZES'] *)";
const HALF = "[operator='/'][left.value=1][right.value=2]";
const SMALL = ":not([value=0]):not([value=1]):not([value=2])";
const MESSAGE = "A number: what is shown or what a model uses comes from a lab's record; a size to draw by stands in const SIZES.";
// Digits in a text, other than 0, 1, 2 alone and those of a name, SHA-256 or uint8; numbers in Chinese
const TOLD = "/(?<![A-Za-z]-?\\d*)(?:[3-9]|\\d\\d)|[三四五六七八九十]/";

const numbers = [
  `Literal[value=type(number)]${SMALL}${OUTSIDE}`,
  `Literal[bigint]${OUTSIDE}`,
  `Literal[value=${TOLD}]:not([value=/^http:..www.w3.org./])${OUTSIDE}`, // the name of SVG's elements
  `TemplateElement[value.cooked=${TOLD}]${OUTSIDE}`,
  // Sums of small numbers make any other; a half is as small as they are
  `BinaryExpression[left.type='Literal'][left.value=type(number)][right.type='Literal']:not(${HALF})${OUTSIDE}`,
];
const never = {
  "MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML|cssText)$/]":
    "HTML or style as text: make elements with make() of parts.js, their look with a class of docs/assets/css.",
  "CallExpression[callee.property.name='setAttribute'][arguments.0.value=/^(style|on.*)$/]":
    "An inline style or handler: the site must live under a strict Content-Security-Policy.",
  "CallExpression[callee.name='fetch'] > Literal[value=/^(https?:)?\\/\\//]": "A request to another host.",
  "ImportDeclaration[source.value=/^(?!\\.\\.?\\/)/]": "A library: scripts are plain modules of this folder.",
};
const refused = Object.entries(never).map(([selector, message]) => ({ selector, message }));

export default [
  {
    files: ["docs/assets/{js,site}/**/*.js"],
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: "error" },
    rules: {
      "no-restricted-syntax": ["error", ...refused],
      complexity: ["error", 10],
      "max-lines-per-function": ["error", { max: 30, skipComments: true, skipBlankLines: true }],
      curly: "error",
      eqeqeq: "error",
      "no-console": "error",
      "no-eval": "error",
      "no-new-func": "error",
      "no-implied-eval": "error",
      "no-shadow": "error",
      "no-unused-vars": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-template": "error",
    },
  },
  {
    files: ["docs/assets/js/**/*.js"],
    rules: {
      "no-restricted-syntax": ["error", ...numbers.map((selector) => ({ selector, message: MESSAGE })), ...refused],
    },
  },
];
