/** One line of a tree, and what hangs under it. */
export interface TreeLine {
  readonly text: string;
  readonly children: readonly TreeLine[];
}

/** Trees as people draw them in a terminal, each node on a line of its own. */
export function drawTree(roots: readonly TreeLine[]): string {
  const lines: string[] = [];
  const draw = ({ text, children }: TreeLine, head: string, below: string) => {
    lines.push(`${head}${text}\n`);
    children.forEach((child, index) => {
      const last = index === children.length - 1;
      draw(child, `${below}${last ? "└─ " : "├─ "}`, `${below}${last ? "   " : "│  "}`);
    });
  };
  for (const root of roots) draw(root, "", "");
  return lines.join("");
}
