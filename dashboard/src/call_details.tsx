// A call with all its fields, beside the page. It has an address of its own.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useAnswer } from "./answer";
import type { Call, CallsPage } from "./answers";
import { CALLS } from "./call_list";
import { Price, Status } from "./call_rows";
import { userName } from "./groups";
import { TYPES } from "./labels";
import { Close } from "./icons";
import { Failure, Skeleton } from "./notices";
import { milliseconds, momentName, precise, seconds } from "./numbers";
import { addressOf, type Change, type View } from "./view";

interface CallDetails {
  id: string;
  view: View;
  mayReadAll: boolean;
  onChange: Change;
}

export function CallDetails({ id, view, mayReadAll, onChange }: CallDetails) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { answer: page, refusal, again } = useAnswer<CallsPage>(CALLS, { id, allUsers: mayReadAll });
  const answer = page?.list[0];
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => dialog.current?.close();

  return (
    <dialog
      ref={dialog} class="details" aria-labelledby="call" onClose={() => onChange({ call: "" })}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <div class="inside">
        <div class="head">
          <h2 id="call">{answer?.model ?? "Call"}</h2>
          <button type="button" class="bare" aria-label="Close" onClick={close}><Close /></button>
        </div>
        {answer ? (
          <Fields call={answer} view={view} />
        ) : refusal ? (
          <Failure refusal={refusal} onAgain={again} />
        ) : page ? (
          <p>There is no such call.</p>
        ) : (
          <Skeleton lines={12} />
        )}
      </div>
    </dialog>
  );
}

function Fields({ call, view }: { call: Call; view: View }) {
  const user = userName(call.userInfo, call.userDid);
  const narrowed = (to: Partial<View>, name: string) => (
    <a title={`Narrow to ${name}`} href={addressOf(view, { call: "", ...to })}>{name}</a>
  );
  return (
    <>
      {call.errorReason && (
        <section class="error" aria-label="Error">
          <h3>Why it failed</h3>
          <pre tabIndex={0}>{call.errorReason}</pre>
        </section>
      )}
      <dl>
        <Field name="Status"><Status call={call} /></Field>
        <Field name="Time">{momentName(call.callTime, view.zone)}</Field>
        <Field name="Credits"><Price call={call} credits={precise} /></Field>
        <Field name="Type">{TYPES[call.type] ?? call.type}</Field>
        <Field name="Model">{narrowed({ model: call.model, provider: call.providerId }, call.model)}</Field>
        <Field name="Answered by">{call.responseModel && <code>{call.responseModel}</code>}</Field>
        <Field name="Provider">{narrowed({ model: "", provider: call.providerId }, call.provider.displayName)}</Field>
        <Field name="User">
          {view.who === "all" ? narrowed({ user: call.userDid }, user) : user}
          {user !== call.userDid && <code>{call.userDid}</code>}
        </Field>
        <Field name="App">
          {call.appInfo && (
            <>
              {narrowed({ app: call.appInfo.appDid }, call.appInfo.appName)}
              {call.appInfo.appName !== call.appDid && <code>{call.appDid}</code>}
            </>
          )}
        </Field>
      </dl>
      <h3>Cost</h3>
      <dl>
        <Field name="US dollars">{call.costUsd !== null && `$${precise(call.costUsd)}`}</Field>
        <Field name="Comes from">{SOURCES[call.costSource]}</Field>
        <Field name="Priced by">{call.pricedBy && <code>{call.pricedBy}</code>}</Field>
        {call.repricedBy && (
          <>
            <Field name="Repriced by"><code>{call.repricedBy}</code></Field>
            <Field name="Credits before">{call.creditsBefore !== null && precise(call.creditsBefore)}</Field>
          </>
        )}
      </dl>
      <h3>Usage</h3>
      <dl>
        <Field name="Total usage">{precise(call.totalUsage)}</Field>
        {Object.entries(call.usageMetrics).map(([name, value]) => (
          <Field key={name} name={inWords(name)}>{precise(value)}</Field>
        ))}
      </dl>
      <h3>Time</h3>
      <dl>
        <Field name="Duration">{seconds(call.duration)}</Field>
        <Field name="To the first byte">{milliseconds(call.ttfb)}</Field>
        <Field name="Of that, the provider">{milliseconds(call.providerTtfb)}</Field>
      </dl>
      <h3>Identifiers</h3>
      <dl>
        <Field name="Id"><code>{call.id}</code></Field>
        <Field name="Request">{call.requestId && <code>{call.requestId}</code>}</Field>
        <Field name="Trace">{call.traceId && <code>{call.traceId}</code>}</Field>
        <Field name="Credential">{call.credentialId && <code>{call.credentialId}</code>}</Field>
        <Field name="Call time">{String(call.callTime)}</Field>
        <Field name="Created"><code>{call.createdAt}</code></Field>
        <Field name="Updated"><code>{call.updatedAt}</code></Field>
        {call.recordedBy && <Field name="Recorded by"><code>{call.recordedBy}</code></Field>}
      </dl>
      {call.metadata !== null && (
        <>
          <h3>Metadata</h3>
          <pre tabIndex={0}>{JSON.stringify(call.metadata, null, 2)}</pre>
        </>
      )}
    </>
  );
}

const SOURCES: Record<Call["costSource"], string> = {
  reported: "the gateway, with the call",
  rate: "a rate of your own",
  catalogue: "the public price list",
  unpriced: "nobody: its cost isn't known",
};

function Field({ name, children }: { name: string; children?: ComponentChildren }) {
  const isEmpty = children === null || children === undefined || children === false || children === "";
  return <div><dt>{name}</dt><dd>{isEmpty ? <span class="quiet">–</span> : children}</dd></div>;
}

/** Such as "Cache read input tokens". */
function inWords(name: string): string {
  const words = name.replace(/([a-z])([A-Z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
