// Calendars and clocks of time zones. Instants are Unix seconds.

export interface Clock {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What calendar and clock of a zone show at an instant. */
export function clockAt(instant: number, zone: string): Clock {
  let format = formats.get(zone);
  if (!format) {
    const numeric = "numeric";
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone, hourCycle: "h23", year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric,
    });
    formats.set(zone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(instant * 1000).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = parts;
  return { year, month, day, hour, minute };
}

/** When a zone's clocks show this; the first time where they show it twice, the end of the gap where never. */
export function instantOf(clock: Clock, zone: string): number {
  const utc = asUtc(clock);
  const [earlier, later] = [utc - offsetAt(utc - 86_400, zone), utc - offsetAt(utc + 86_400, zone)];
  const isLater = asUtc(clockAt(earlier, zone)) !== utc && asUtc(clockAt(later, zone)) === utc;
  return isLater ? later : earlier;
}

/** Whether a zone's clocks show the minute of this instant a second time, as when they go back. */
export function isShownTwice(instant: number, zone: string): boolean {
  const utc = asUtc(clockAt(instant, zone));
  const [one, other] = [utc - offsetAt(utc - 86_400, zone), utc - offsetAt(utc + 86_400, zone)];
  return one !== other && [one, other].every((at) => asUtc(clockAt(at, zone)) === utc);
}

/** The first instant of the day that is so many days after the day of an instant. */
export function midnight(instant: number, days: number, zone: string): number {
  const { year, month, day } = clockAt(instant, zone);
  return instantOf(normal(year, month, day + days), zone);
}

/** The first instant of the month that is so many months after that of an instant. */
export function monthStart(instant: number, months: number, zone: string): number {
  const { year, month } = clockAt(instant, zone);
  return instantOf(normal(year, month + months, 1), zone);
}

/**
 * The first instant of a day such as 2026-11-22, or of a minute such as 2026-11-22T14:00+01:00 on a zone's clock, whose
 * offset says which one it is where the clock shows it twice; undefined for anything else.
 */
export function parseInstant(text: string, zone: string): number | undefined {
  const found = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?:([+-])(\d\d):(\d\d))?)?$/.exec(text);
  if (!found) {
    return undefined;
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = found.slice(1, 6).map((digits) => Number(digits ?? 0));
  const clock = { year, month, day, hour, minute };
  if (hour > 23 || minute > 59 || day !== normal(year, month, day).day) {
    return undefined;
  }
  const offset = (Number(found[7]) * 60 + Number(found[8])) * (found[6] === "-" ? -60 : 60);
  return found[6] ? asUtc(clock) - offset : instantOf(clock, zone);
}

export function dayText(instant: number, zone: string): string {
  const { year, month, day } = clockAt(instant, zone);
  return `${year}-${two(month)}-${two(day)}`;
}

/** With its offset, as a clock that goes back shows some minutes twice. */
export function minuteText(instant: number, zone: string): string {
  const { hour, minute } = clockAt(instant, zone);
  return `${dayText(instant, zone)}T${two(hour)}:${two(minute)}${offsetText(instant, zone)}`;
}

/** Such as "+05:30". */
export function offsetText(instant: number, zone: string): string {
  const minutes = Math.round(offsetAt(instant, zone) / 60);
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

export const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

export function isZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat("en-US", { timeZone: name }));
  } catch {
    return false;
  }
}

/** Such as "GMT+5:30". */
export function offsetName(zone: string): string {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "shortOffset" }).formatToParts();
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
}

function normal(year: number, month: number, day: number): Clock {
  const date = new Date(Date.UTC(year, month - 1, day));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(), hour: 0, minute: 0 };
}

function asUtc({ year, month, day, hour, minute }: Clock): number {
  return Date.UTC(year, month - 1, day, hour, minute) / 1000;
}

function offsetAt(instant: number, zone: string): number {
  return asUtc(clockAt(instant, zone)) - Math.floor(instant / 60) * 60;
}

const two = (number: number): string => String(number).padStart(2, "0");
