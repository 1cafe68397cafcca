// How users and apps are called, wherever they are shown.

import { useState } from "preact/hooks";
import { useAction } from "../action";
import type { AppInfo, Users } from "../answers";
import { get, send } from "../api";
import { Choice } from "../choice";
import { Field, Form } from "../form";

const KINDS = { user: "A user", app: "An app" } as const;

type Kind = keyof typeof KINDS;

const PATHS: Record<Kind, string> = { user: "/api/admin/users", app: "/api/admin/apps" };
/** What can be set, by the API's names. */
const LABELS: Record<Kind, Record<string, string>> = {
  user: { fullName: "Full name", email: "Email", avatar: "Picture's address" },
  app: { appName: "Name", appLogo: "Logo's address", appUrl: "Address" },
};

/** The did among them, all by the API's names. */
type Details = Record<string, string>;

export function Names({ mayChange }: { mayChange: boolean }) {
  const [kind, setKind] = useState<Kind>("user");
  const [did, setDid] = useState("");
  const [found, setFound] = useState<Details>();
  const looking = useAction(async () => setFound(await (kind === "user" ? userOf : appOf)(did.trim())));
  return (
    <section class="panel" aria-labelledby="names">
      <div class="head"><h2 id="names">Users and apps</h2></div>
      <p class="about">Gateways send names along with calls. What is set here holds until a gateway sends another.</p>
      <Form label="Whom" button="Look up" action={looking}>
        <Choice
          label="A user or an app" name="kind" options={KINDS} value={kind}
          onChange={(picked) => {
            setKind(picked);
            setFound(undefined);
          }}
        />
        <Field label="Its did" value={did} onInput={setDid} isRequired />
      </Form>
      {found && <Naming key={JSON.stringify(found)} kind={kind} details={found} mayChange={mayChange} />}
    </section>
  );
}

async function userOf(did: string): Promise<Details> {
  const { users } = await send<Users>("POST", "/api/user/admin/user-info", { userDids: [did] });
  const [user] = users;
  const { fullName, email, avatar } = { fullName: "", email: "", avatar: "", ...user };
  return { did, fullName: fullName === "Unknown User" ? "" : fullName, email, avatar };
}

async function appOf(appDid: string): Promise<Details> {
  const { project } = await get<{ project: AppInfo }>("/api/usage/projects/trends", { appDid, allUsers: "true" });
  return { ...project, appName: project.appName === appDid ? "" : project.appName };
}

function Naming({ kind, details, mayChange }: { kind: Kind; details: Details; mayChange: boolean }) {
  const [shown, setShown] = useState(details);
  const [isSet, setSet] = useState(false);
  const action = useAction(async () => {
    await send("PUT", PATHS[kind], shown);
    setSet(true);
  });
  return (
    <>
      <Form label="How it is shown" button="Set these details" action={action} isReady={mayChange}>
        {Object.entries(LABELS[kind]).map(([name, label]) => (
          <Field
            key={name} label={label} value={shown[name] ?? ""}
            onInput={(value) => {
              setShown({ ...shown, [name]: value });
              setSet(false);
            }}
          />
        ))}
      </Form>
      <p class="about" role="status">{isSet && "They are shown from now on."}</p>
    </>
  );
}
