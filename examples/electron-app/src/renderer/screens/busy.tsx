// A state that passes by itself, mostly before anybody has read it.
interface Props {
  readonly title: string;
  readonly text: string;
}

export function Busy({ title, text }: Props) {
  return (
    <section className="card centred" aria-busy="true">
      <span className="spinner" aria-hidden="true" />
      <h1>{title}</h1>
      <p className="lead" role="status">
        {text}
      </p>
    </section>
  );
}
