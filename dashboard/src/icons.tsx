// Drawn here, so that nothing is fetched for them. Each is beside a text that says the same.

const line = { fill: "none", stroke: "currentColor", "stroke-width": 1.6, "stroke-linecap": "round", "stroke-linejoin": "round" } as const;

function Icon({ path }: { path: string }) {
  return <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d={path} {...line} /></svg>;
}

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M8 24V15h4v9zm6 0V8h4v16zm6 0v-6h4v6z" />
    </svg>
  );
}

export const Close = () => <Icon path="M4 4l8 8M12 4l-8 8" />;
export const Chevron = () => <Icon path="M6 3.5L10.5 8 6 12.5" />;
export const Download = () => <Icon path="M8 2.5v7.5M4.8 7.2L8 10.4l3.2-3.2M3 13.5h10" />;
export const Search = () => <Icon path="M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.5 10.5L14 14" />;
export const Sun = () => <Icon path="M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9" />;
export const Moon = () => <Icon path="M13.5 9.6A5.8 5.8 0 0 1 6.4 2.5a5.8 5.8 0 1 0 7.1 7.1z" />;
export const Warning = () => <Icon path="M8 2.2L14.4 13.4H1.6zM8 6.5v3M8 11.6v.1" />;
