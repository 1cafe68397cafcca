// A button whose deed can't be undone: it asks once more.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Problem } from "./form";
import { useAction } from "./action";

interface Confirmed {
  /** What the button says, and the one that confirms. */
  button: string;
  /** What a screen reader says of the button, where there are many. */
  label: string;
  title: string;
  act: () => Promise<void>;
  children: ComponentChildren;
}

export function Confirmed({ button, label, title, act, children }: Confirmed) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="danger" aria-label={label} onClick={() => setOpen(true)}>{button}</button>
      {isOpen && <Question button={button} title={title} act={act} onClose={() => setOpen(false)}>{children}</Question>}
    </>
  );
}

function Question({ button, title, act, onClose, children }: Omit<Confirmed, "label"> & { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const close = () => dialog.current?.close();
  const { run, isBusy, problem } = useAction(() => act().then(close));
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="question" aria-labelledby={heading} onClose={onClose}>
      <h2 id={heading}>{title}</h2>
      {children}
      <div class="send">
        <button type="button" class="danger filled" disabled={isBusy} onClick={run}>{button}</button>
        <button type="button" autofocus onClick={close}>Cancel</button>
        <Problem text={problem} />
      </div>
    </dialog>
  );
}
