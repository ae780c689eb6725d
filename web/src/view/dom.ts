// Building the page once, then changing only what changed: screen readers and carets stay where they are.

type AttributeValue = string | number | boolean | null | undefined;
export type Attributes = Readonly<Record<string, AttributeValue>>;
export type Child = Node | string;

export function setAttribute(node: Element, name: string, value: AttributeValue): void {
  if (value === false || value === null || value === undefined) node.removeAttribute(name);
  else {
    const text = value === true ? "" : String(value);
    if (node.getAttribute(name) !== text) node.setAttribute(name, text);
  }
}

export function setAttributes(node: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) setAttribute(node, name, value);
}

/** For aria-* states, where absence and "false" differ. */
export const flag = (value: boolean): "true" | "false" => (value ? "true" : "false");

export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

export function html<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  setAttributes(node, attributes);
  node.append(...children);
  return node;
}

export function svg<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(node, attributes);
  node.append(...children);
  return node;
}

/** A button that does one thing; it never submits a form. */
export function button(attributes: Attributes, action: () => void, ...children: Child[]): HTMLButtonElement {
  const node = html("button", { type: "button", ...attributes }, ...children);
  node.addEventListener("click", action);
  return node;
}

/** Keeps `host` filled with one node per key: kept nodes stay, so focus inside them stays too. */
export function keyed<Node_ extends Element>(host: Element, make: (key: string) => Node_): (keys: readonly string[]) => Map<string, Node_> {
  let nodes = new Map<string, Node_>();
  return (keys) => {
    const next = new Map(keys.map((key) => [key, nodes.get(key) ?? make(key)] as const));
    for (const [key, node] of nodes) if (!next.has(key)) node.remove();
    let at: Element | null = host.firstElementChild;
    for (const node of next.values()) {
      if (node === at) at = node.nextElementSibling;
      else host.insertBefore(node, at);
    }
    nodes = next;
    return nodes;
  };
}
