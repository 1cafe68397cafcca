// What administrators set and do. Viewers may look.

import { useCallback, useMemo } from "preact/hooks";
import type { Me } from "../answers";
import { go } from "../navigation";
import { Empty } from "../notices";
import { isAdministrator, mayReadAll } from "../roles";
import { Sectioned } from "../sectioned";
import { Erasure } from "./erasure";
import { Health } from "./health";
import { Ingestion } from "./ingestion";
import { Keys } from "./keys";
import { Names } from "./names";
import { Rates } from "./rates";
import { Repricing } from "./repricing";
import { addressOfTask, SECTIONS, taskOf, type ChangeTask, type Task } from "./task";

interface Administration {
  me: Me;
  query: string;
  onLeave: () => void;
}

export function Administration({ me, query, onLeave }: Administration) {
  const task = useMemo(() => taskOf(query), [query]);
  const change: ChangeTask = useCallback((changes) => go(addressOfTask(taskOf(location.search), changes)), []);
  return (
    <Sectioned
      me={me} place="/administration" sections={SECTIONS} current={task.section} title={SECTIONS[task.section]}
      addressOf={(section) => addressOfTask(task, { section })}
      zone={task.zone} onZone={(zone) => change({ zone })} onLeave={onLeave}
    >
      {mayReadAll(me) ? (
        <Shown key={task.section} task={task} me={me} onChange={change} />
      ) : (
        <div class="panel"><Empty title="For administrators"><p>Your role sees your own usage only.</p></Empty></div>
      )}
    </Sectioned>
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
    case "health":
      return <Health task={task} />;
  }
}
