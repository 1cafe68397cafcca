// Which thresholds were reached, and whether everybody was told.

import { useAnswer } from "../answer";
import type { Alert, Alerts, Channels } from "../answers";
import { Warning } from "../icons";
import { List } from "../list";
import { momentName } from "../numbers";
import { CHANNELS } from "./channels";
import { addressOfPlan, type Plan } from "./plan";

type Delivery = Alert["deliveries"][number];

export function AlertHistory({ plan }: { plan: Plan }) {
  const asked = useAnswer<Alerts>("/api/admin/alerts");
  const channels = useAnswer<Channels>(CHANNELS).answer?.channels ?? [];
  const nameOf = (id: string) => channels.find((channel) => channel.id === id)?.name ?? `a deleted channel (${id})`;
  return (
    <section class="panel" aria-labelledby="alerts">
      <div class="head"><h2 id="alerts">Alerts</h2><span class="quiet">the latest, and those that wait</span></div>
      <List<Alerts, Alert>
        label="Alerts" asked={asked} rows={({ alerts }) => alerts} identify={({ id }) => id}
        empty={<><strong>There was no alert</strong><p>One is raised when a threshold of a budget is reached.</p></>}
        columns={{
          When: ({ raisedAt }) => momentName(Date.parse(raisedAt) / 1000, plan.zone),
          What: ({ text, data }) => {
            const budget = data["budgetId"];
            return typeof budget === "string" ? <a href={addressOfPlan(plan, { section: "edit", budget })}>{text}</a> : text;
          },
          Told: ({ deliveries }) => (
            <ul class="deliveries">
              {deliveries.map((delivery) => <li key={delivery.channelId}><Told delivery={delivery} to={nameOf(delivery.channelId)} /></li>)}
              {!deliveries.length && <li class="quiet">nobody: its budget has no channel</li>}
            </ul>
          ),
        }}
      />
    </section>
  );
}

function Told({ delivery: { status, attempts, error }, to }: { delivery: Delivery; to: string }) {
  switch (status) {
    case "delivered":
      return <>{to}</>;
    case "waiting":
      return <span class="quiet">{to}: {error ? `tried ${attempts}×, and again soon (${error})` : "soon"}</span>;
    case "failed":
      return <span class="flag"><Warning />{to}: given up after {attempts} attempts ({error})</span>;
  }
}
