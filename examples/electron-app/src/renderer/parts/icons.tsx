// The few pictures, drawn in the colour of the text beside them.
import type { ReactNode } from "react";

const icon = (children: ReactNode) => (
  <svg
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.75"
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
  >
    {children}
  </svg>
);

export const Logo = () => (
  <svg viewBox="0 0 24 24" aria-hidden="true" className="logo">
    <rect width="24" height="24" rx="7" />
    <path d="M7.5 17V7.5A1.5 1.5 0 0 1 9 6h7.5v12H8.5a1 1 0 0 1-1-1Zm0 0a1 1 0 0 1 1-1h8M10.5 9.5h3.5" />
  </svg>
);
export const Plus = () => icon(<path d="M12 5v14M5 12h14" />);
export const Globe = () =>
  icon(
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M3 12h18M12 3c2.5 2.6 3.8 5.6 3.8 9s-1.3 6.4-3.8 9c-2.5-2.6-3.8-5.6-3.8-9s1.3-6.4 3.8-9Z" />
    </>,
  );
export const Lock = () =>
  icon(
    <>
      <rect x="5" y="11" width="14" height="9" rx="2.5" />
      <path d="M8 11V8a4 4 0 0 1 8 0v3" />
    </>,
  );
export const Moon = () => icon(<path d="M20 14.200A8 8 0 0 1 9.8 4a8 8 0 1 0 10.2 10.200Z" />);
export const Check = () => icon(<path d="m5 12.5 4.5 4.500L19 7.5" />);
export const Copy = () =>
  icon(
    <>
      <rect x="9" y="9" width="11" height="11" rx="2.5" />
      <path d="M15 9V6.500A2.5 2.5 0 0 0 12.5 4h-6A2.5 2.5 0 0 0 4 6.500v6A2.5 2.5 0 0 0 6.5 15H9" />
    </>,
  );
export const Alert = () =>
  icon(
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M12 7.500v5M12 16.200v.1" />
    </>,
  );
