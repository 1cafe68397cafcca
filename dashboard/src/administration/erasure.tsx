// The removal of everything that was received about a user: looked at first, then confirmed by the did.

import { useState } from "preact/hooks";
import type { CallsPage, Erasure as Body } from "../answers";
import { get, send } from "../api";
import { CALLS } from "../call_list";
import { userName } from "../groups";
import { useJob } from "../job";
import { Empty } from "../notices";
import { count, momentName } from "../numbers";
import { useAction } from "../action";
import { Field, Form, Problem } from "../form";
import type { Task } from "./task";

interface Found {
  did: string;
  name: string;
  calls: number;
}

export function Erasure({ task, mayChange }: { task: Task; mayChange: boolean }) {
  const [did, setDid] = useState("");
  const [found, setFound] = useState<Found>();
  const looking = useAction(async () => {
    const userDid = did.trim();
    const { count: calls, list } = await get<CallsPage>(CALLS, { allUsers: "true", userDid, pageSize: 1 });
    setFound({ did: userDid, name: userName(list[0]?.userInfo, userDid), calls });
  });
  return (
    <section class="panel" aria-labelledby="erasure">
      <div class="head"><h2 id="erasure">Erase a user</h2></div>
      <p class="about">
        Removes their calls, and with them their part of the statistics, their name, exports, and the API keys that act as them.
      </p>
      {mayChange ? (
        <>
          <Form label="Whom" button="Look at what would go" action={looking}>
            <Field label="The user's did" value={did} onInput={setDid} isRequired />
          </Form>
          {found && <Confirming key={found.did} found={found} zone={task.zone} />}
        </>
      ) : (
        <Empty title="For administrators"><p>Your role may look, and change nothing.</p></Empty>
      )}
    </section>
  );
}

function Confirming({ found: { did, name, calls }, zone }: { found: Found; zone: string }) {
  const [again, setAgain] = useState("");
  const job = useJob<Body>({
    begin: () => send("POST", "/api/admin/erasures", { userDid: did }),
    ask: ({ erasureId }, signal) => get(`/api/admin/erasures/${encodeURIComponent(erasureId)}`, {}, signal),
    isDone: ({ status }) => status === "done",
  });
  if (job.told?.status === "done") {
    const { callsRemoved, keysRevoked, finishedAt } = job.told;
    return (
      <p class="made" role="status">
        <b>{name}</b> is erased: {count(callsRemoved)} calls removed, {count(keysRevoked)} keys revoked
        {finishedAt && `, at ${momentName(Date.parse(finishedAt) / 1000, zone)}`}.
      </p>
    );
  }
  return (
    <div class="outcome">
      <p>
        <b>{name}</b> has <b>{count(calls)} calls</b>. This can't be undone.
      </p>
      <form
        class="fields" aria-label="Confirm"
        onSubmit={(event) => {
          event.preventDefault();
          job.begin();
        }}
      >
        <Field label="Type the did again" value={again} onInput={setAgain} isRequired />
        <div class="send">
          <button type="submit" class="danger filled" disabled={again.trim() !== did || job.isRunning}>Erase this user</button>
          <span role="status">
            {job.isRunning && `Erasing, for a minute and a half at least: ${count(job.told?.callsRemoved ?? 0)} calls removed`}
          </span>
          <Problem text={job.problem} />
        </div>
      </form>
    </div>
  );
}
