import { render } from "preact";
import { App } from "./app";
import { arrive } from "./session";
import { applyTheme } from "./theme";

arrive();
applyTheme();
const page = document.getElementById("page");
if (page) {
  render(<App />, page);
}
