import { render } from "preact";
import { App } from "./app";
import { keepFresh } from "./freshness";
import { followLinks } from "./navigation";
import { arrive } from "./session";
import { applyTheme } from "./theme";

arrive();
applyTheme();
followLinks();
keepFresh();
const page = document.getElementById("page");
if (page) {
  render(<App />, page);
}
