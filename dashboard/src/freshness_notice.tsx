import { refresh, useFreshness } from "./freshness";
import { Warning } from "./icons";
import { timeName } from "./numbers";

/** As of when what is in sight is. */
export function AsOf({ zone }: { zone: string }) {
  const known = useFreshness();
  return known ? <span class="quiet as-of">as of {timeName(known.asOf, zone)}</span> : null;
}

/** That it can't be brought up to date. */
export function Outdated({ zone }: { zone: string }) {
  const known = useFreshness();
  return known?.refusal ? (
    <p class="outdated" role="alert">
      <Warning />
      <span>
        <strong>What is shown is as of {timeName(known.asOf, zone)}.</strong> It can't be brought up to date: {known.refusal.message}
      </span>
      <button type="button" onClick={refresh}>Try now</button>
    </p>
  ) : null;
}
