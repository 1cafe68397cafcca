// Dark or light: as the system says, unless somebody switched.

export type Theme = "light" | "dark";

const KEY = "theme";
const system = matchMedia("(prefers-color-scheme: dark)");

export function theme(): Theme {
  return (localStorage.getItem(KEY) as Theme | null) ?? (system.matches ? "dark" : "light");
}

export function setTheme(chosen: Theme): void {
  localStorage.setItem(KEY, chosen);
  applyTheme();
}

/** Tell the styles, and whoever listens: a canvas doesn't follow by itself. */
export function applyTheme(): void {
  document.documentElement.dataset["theme"] = theme();
  dispatchEvent(new Event("themechange"));
}

system.addEventListener("change", applyTheme);
