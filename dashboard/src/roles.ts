// Who may do what; the API holds everybody to it, the page shows only what makes sense.

import type { Me } from "./answers";

/** Everybody's usage, and what administrators have set. */
export const mayReadAll = ({ role }: Me): boolean => role === "viewer" || isAdministrator({ role });

export const isAdministrator = ({ role }: Pick<Me, "role">): boolean => role === "admin" || role === "owner";
