// The icons: 24 x 24, drawn with one stroke in the colour of the text beside them.

import { svg } from "./dom.ts";

const paths = {
  flame: "M12 3.2c.6 3 4.9 5 4.9 10a4.9 4.9 0 0 1-9.8 0c0-1.7.8-3 1.8-3.9.1 1.5.7 2.4 1.6 2.8-.4-3.4.2-6.6 1.5-8.900z",
  pause: "M9 6.500v11M15 6.500v11",
  power: "M12 4v7.500M7.3 6.800a7 7 0 1 0 9.4 0",
  calendar: "M5 6.500h14v12.500H5zM5 10.500h14M8.5 4v4M15.5 4v4",
  snow: "M12 4v16M5.1 8l13.8 8M18.9 8 5.1 16",
  sun: "M12 8.200a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.600M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.400M18.4 5.6 17 7M7 17l-1.4 1.4",
  leaf: "M6 18C4.5 9.5 10 5 19 5c.5 8.5-3.5 14-10.5 13.200C7 18 6 17 6 17M5 20c1.5-4.5 4.5-7.5 8.5-9.5",
  moon: "M19 14.200A7.6 7.6 0 1 1 10 4.900a6 6 0 0 0 9 9.300z",
  door: "M7 20V4.500h8.500V20M4.5 20h15M12.7 12v.6",
  drop: "M12 4c3.3 4 5 6.7 5 9.300a5 5 0 0 1-10 0C7 10.7 8.7 8 12 4z",
  tree: "M12 20.500v-7M12 4.200a4.6 4.6 0 0 1 3.9 7 3.7 3.7 0 0 1-3.9 5 3.7 3.7 0 0 1-3.9-5 4.6 4.6 0 0 1 3.9-7z",
  gauge: "M5 17a8 8 0 1 1 14 0M12 14.500l3.5-4.5",
  window: "M5.5 4.500h13v15h-13zM12 4.500v15M5.5 12h13",
  plus: "M12 6v12M6 12h12",
  minus: "M6 12h12",
  check: "M6 12.500l4 4 8-9",
  cross: "M7 7l10 10M17 7 7 17",
  dots: "M6.5 12h.01M12 12h.01M17.5 12h.01",
  warning: "M12 4.5 21 19.500H3zM12 10.500v4M12 17.200v.1",
  sliders: "M4 7.500h9M18 7.500h2M4 16.500h2M11 16.500h9M13 5v5M8.5 14v5",
  clock: "M12 4.500a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15M12 8v4.300l2.8 1.7",
} as const;

export type IconName = keyof typeof paths;

export function icon(name: IconName): SVGSVGElement {
  const node = svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", {}));
  setIcon(node, name);
  return node;
}

export function setIcon(node: SVGSVGElement, name: IconName): void {
  const path = node.firstElementChild;
  if (path?.getAttribute("d") !== paths[name]) path?.setAttribute("d", paths[name]);
}

/** The mark: a warm half disc rising over a line, under its own glow. */
export function mark(): SVGSVGElement {
  return svg(
    "svg",
    { class: "mark", viewBox: "0 0 32 32", "aria-hidden": "true" },
    svg("path", { class: "mark-glow", d: "M5.6 21.500a10.9 10.9 0 0 1 20.8 0" }),
    svg("path", { class: "mark-disc", d: "M9.6 21.500a6.4 6.4 0 0 1 12.8 0z" }),
    svg("path", { class: "mark-line", d: "M5 25.600h22" }),
  );
}
