// The page of a window. It knows states and commands; tokens never come here.
import { connectAuth } from "@loopkey/electron-adapter/renderer";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "@fontsource-variable/inter";
import { App } from "./app.js";
import "./styles/index.css";

createRoot(document.querySelector("#app")!).render(
  <StrictMode>
    <App auth={connectAuth()} />
  </StrictMode>,
);
