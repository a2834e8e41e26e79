// What went wrong, and what to do next.
import type { Failure } from "../auth.js";
import { Alert } from "./icons.js";

interface Props {
  readonly tone: "bad" | "warn";
  readonly failure: Failure;
}

export function Notice({ tone, failure }: Props) {
  return (
    <div className={`notice ${tone}`} role={tone === "bad" ? "alert" : "status"}>
      <Alert />
      <div>
        <strong>{failure.message}</strong>
        {failure.hint !== undefined && <p>{failure.hint}</p>}
        {failure.code !== undefined && <code>{failure.code}</code>}
      </div>
    </div>
  );
}
