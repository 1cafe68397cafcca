// What administrators set and do. Viewers may look.

import { useCallback, useEffect, useMemo } from "preact/hooks";
import type { Me } from "../answers";
import { Outdated } from "../freshness_notice";
import { Header } from "../header";
import { go } from "../navigation";
import { Empty } from "../notices";
import { isAdministrator, mayReadAll } from "../roles";
import { Erasure } from "./erasure";
import { Ingestion } from "./ingestion";
import { Keys } from "./keys";
import { Names } from "./names";
import { Rates } from "./rates";
import { Repricing } from "./repricing";
import { addressOfTask, SECTIONS, taskOf, type ChangeTask, type Section, type Task } from "./task";

interface Administration {
  me: Me;
  query: string;
  onLeave: () => void;
}

export function Administration({ me, query, onLeave }: Administration) {
  const task = useMemo(() => taskOf(query), [query]);
  const change: ChangeTask = useCallback((changes) => go(addressOfTask(taskOf(location.search), changes)), []);
  useEffect(() => {
    document.title = `${SECTIONS[task.section]} · Administration · Usage Ledger`;
  }, [task.section]);
  const sections = Object.entries(SECTIONS) as [Section, string][];
  return (
    <>
      <a class="skip" href="#section">Skip to the section</a>
      <Header me={me} place="/administration" zone={task.zone} onZone={(zone) => change({ zone })} onLeave={onLeave} />
      <main class="administration">
        <h1 class="hidden">Administration</h1>
        <nav class="sections" aria-label="Administration">
          {sections.map(([section, title]) => (
            <a key={section} href={addressOfTask(task, { section })} aria-current={section === task.section ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <div class="section" id="section" tabIndex={-1}>
          <Outdated zone={task.zone} />
          {mayReadAll(me) ? (
            <Shown key={task.section} task={task} me={me} onChange={change} />
          ) : (
            <div class="panel"><Empty title="For administrators"><p>Your role sees your own usage only.</p></Empty></div>
          )}
        </div>
      </main>
    </>
  );
}

function Shown({ task, me, onChange }: { task: Task; me: Me; onChange: ChangeTask }) {
  const mayChange = isAdministrator(me);
  switch (task.section) {
    case "keys":
      return <Keys me={me} task={task} />;
    case "rates":
      return <Rates task={task} mayChange={mayChange} />;
    case "repricing":
      return <Repricing task={task} mayChange={mayChange} onChange={onChange} />;
    case "names":
      return <Names mayChange={mayChange} />;
    case "erasure":
      return <Erasure task={task} mayChange={mayChange} />;
    case "ingestion":
      return <Ingestion task={task} onChange={onChange} />;
  }
}
