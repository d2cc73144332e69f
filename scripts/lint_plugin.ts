/**
 * The rules of the house that `deno lint` does not have: how long a function
 * may be, how a message reads, and what only the command line may touch.
 */

/** Longest function, in lines. */
const MAX_FUNCTION_LINES = 40;

/** What only `src/cli` and `mod.ts` may use. */
const CLI_ONLY = new Set(["exit", "args", "env", "stdin", "stdout", "stderr"]);

type Position = { readonly range: readonly [number, number] };

function isCommandLine(filename: string): boolean {
  const path = filename.replaceAll("\\", "/");
  return !path.includes("/src/") || path.includes("/src/cli/");
}

function lineCount(text: string, [start, end]: readonly [number, number]) {
  return text.slice(start, end).split("\n").length;
}

function checkLength(context: Deno.lint.RuleContext, node: Position): void {
  const lines = lineCount(context.sourceCode.text, node.range);
  if (lines <= MAX_FUNCTION_LINES) return;
  context.report({
    range: [node.range[0], node.range[0] + 1],
    message:
      `The function has ${lines} lines, at most ${MAX_FUNCTION_LINES} are allowed`,
    hint: "Give its steps names of their own",
  });
}

/** The text of a string or of the pieces of a template, if it is one. */
function messageText(node: Deno.lint.Expression): string | undefined {
  if (node.type === "Literal" && typeof node.value === "string") {
    return node.value;
  }
  if (node.type !== "TemplateLiteral") return undefined;
  return node.quasis.map((quasi) => quasi.cooked ?? "").join("x");
}

function messageFault(text: string): string | undefined {
  const [first = ""] = text.split("\n");
  // A template may begin with the message of another error.
  if (/^[a-z]/.test(first) && !/^x(?:\n|$)/.test(text)) {
    return "start with a capital letter";
  }
  if (/[.!]$/.test(first)) return "have no period at its end";
  if (/\b(?:can|don|won|isn|doesn|couldn|wasn|aren)'t\b/.test(text)) {
    return "have no contraction";
  }
  return undefined;
}

const plugin: Deno.lint.Plugin = {
  name: "house",
  rules: {
    "function-length": {
      create(context) {
        // A table of cases is as long as there are cases.
        if (context.filename.includes("/tests/")) return {};
        return {
          FunctionDeclaration: (node) => checkLength(context, node),
          FunctionExpression: (node) => checkLength(context, node),
          ArrowFunctionExpression: (node) => checkLength(context, node),
        };
      },
    },
    "no-top-level-arrow": {
      create(context) {
        return {
          "Program > VariableDeclaration > VariableDeclarator > ArrowFunctionExpression"(
            node: Deno.lint.ArrowFunctionExpression,
          ) {
            context.report({
              node,
              message: "A function at the top level must be a declaration",
            });
          },
        };
      },
    },
    "no-default-export": {
      create(context) {
        if (!context.filename.includes("/src/")) return {};
        return {
          ExportDefaultDeclaration(node) {
            context.report({ node, message: "Exports must have a name" });
          },
        };
      },
    },
    "error-message": {
      create(context) {
        return {
          NewExpression(node) {
            if (node.callee.type !== "Identifier") return;
            if (!node.callee.name.endsWith("Error")) return;
            for (const argument of node.arguments.slice(0, 1)) {
              if (argument.type === "SpreadElement") continue;
              const text = messageText(argument);
              // One word is a name or a value, not a message.
              if (text === undefined || !text.includes(" ")) continue;
              const fault = messageFault(text);
              if (fault === undefined) continue;
              context.report({
                node: argument,
                message: `The message of an error must ${fault}`,
              });
            }
          },
        };
      },
    },
    "command-line-only": {
      create(context) {
        if (isCommandLine(context.filename)) return {};
        return {
          MemberExpression(node) {
            if (node.object.type !== "Identifier") return;
            if (node.object.name === "console") {
              context.report({
                node,
                message: "console is for src/cli and mod.ts only",
                hint: "Report an event, or throw",
              });
            }
            if (node.object.name !== "Deno") return;
            if (node.property.type !== "Identifier") return;
            if (!CLI_ONLY.has(node.property.name)) return;
            context.report({
              node,
              message:
                `Deno.${node.property.name} is for src/cli and mod.ts only`,
              hint: "Take it as an argument",
            });
          },
        };
      },
    },
  },
};

export default plugin;
