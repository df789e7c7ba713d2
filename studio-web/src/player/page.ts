/** One session on one time axis, with its video or the drawn face. */
import { RATE_HZ } from "../api/channels.ts";
import { api } from "../api/client.ts";
import type { Source } from "../api/types.ts";
import { whenColoursChange } from "../draw/colours.ts";
import { clock } from "../draw/format.ts";
import { neutral, poseAt } from "../face/pose.ts";
import type { App } from "../shell/app.ts";
import { h, type Page } from "../shell/dom.ts";
import { serverWords, t } from "../shell/language.ts";
import { affectRows } from "./affect.ts";
import { type View, viewAt } from "./axis.ts";
import { happened } from "./happened.ts";
import { nowReadout } from "./now.ts";
import { Playhead, SPEEDS } from "./playhead.ts";
import { makeStage } from "./stage.ts";
import { strongestFirst, unread } from "./strengths.ts";
import { drawTracks, type Session } from "./tracks.ts";
import { transport } from "./transport.ts";

/** The words beside the face change no oftener than this: they are read, not watched. */
const WORDS_MS = 200;

export async function playerPage(app: App, source: Source, session: string): Promise<Page> {
  const [track, rows, { recordings }] = await Promise.all([api.track(source, session), api.rows(source, session), api.recordings()]);
  const about = recordings.find((one) => one.source === source && one.session === session);
  const stage = await makeStage(source, session, about?.video ?? false);
  const whole: Session = {
    track,
    rows,
    order: strongestFirst(rows),
    gaps: unread(rows, RATE_HZ),
    affect: affectRows(track),
    thresholds: [...new Set((app.overview?.catalogue ?? []).map((one) => one.threshold))],
  };
  const canvas = h("canvas", { "aria-hidden": "true" });
  const line = h("div.playhead", { "aria-hidden": "true" });
  const slider = h(
    "div.tracks",
    { role: "slider", tabindex: 0, "aria-label": t("playhead"), "aria-describedby": "keys", "aria-valuemin": 0, "aria-valuemax": Math.round(track.duration_s) },
    canvas,
    line,
  );
  const untilS = track.from_s + track.duration_s;
  const now = nowReadout();
  const pose = neutral();
  const head = new Playhead(track.duration_s, stage.video, track.video_offset_s, () => show());
  let stretchS = Infinity;
  let view: View = { fromS: 0, toS: track.duration_s };
  let gutter = 0;
  let wordsAt = 0;
  const bar = transport(head, track.from_s, (seconds) => {
    stretchS = seconds;
    view = viewAt(view, stretchS, track.duration_s, head.timeS);
    draw();
  });

  function draw(): void {
    if (slider.clientWidth === 0) return;
    gutter = drawTracks(canvas, slider.clientWidth, whole, view).gutter;
    show(true);
  }

  function show(forced = false): void {
    const next = viewAt(view, stretchS, track.duration_s, head.timeS);
    if (next !== view) {
      view = next;
      return draw();
    }
    const share = (head.timeS - view.fromS) / (view.toS - view.fromS);
    line.style.transform = `translateX(${(gutter + share * (slider.clientWidth - gutter)).toFixed(1)}px)`;
    stage.show(poseAt(rows, head.timeS, pose));
    bar.show();
    const ms = performance.now();
    if (!forced && head.playing && ms - wordsAt < WORDS_MS) return;
    wordsAt = ms;
    now.show(pose, track.probability[Math.floor(head.timeS)] ?? null);
    slider.setAttribute("aria-valuenow", head.timeS.toFixed(1));
    slider.setAttribute("aria-valuetext", t("at_of", { at: clock(track.from_s + head.timeS, true), all: clock(untilS) }));
  }

  function point(event: PointerEvent): void {
    const box = slider.getBoundingClientRect();
    const share = (event.clientX - box.left - gutter) / (box.width - gutter);
    if (event.type === "pointerdown" && share < 0) return;
    head.seek(view.fromS + Math.min(1, Math.max(0, share)) * (view.toS - view.fromS));
  }
  slider.addEventListener("pointerdown", (event) => (slider.setPointerCapture(event.pointerId), point(event)));
  slider.addEventListener("pointermove", (event) => slider.hasPointerCapture(event.pointerId) && point(event));

  function pressed(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (target.closest("input, select, textarea, dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && target.closest("button, a, summary")) return;
    const step = event.shiftKey ? 10 : 1;
    const speed = SPEEDS.indexOf(head.speed as (typeof SPEEDS)[number]);
    const keys: Record<string, () => void> = {
      " ": () => head.toggle(),
      ArrowLeft: () => head.seek(head.timeS - step),
      ArrowRight: () => head.seek(head.timeS + step),
      ",": () => head.seek(head.timeS - 1 / RATE_HZ),
      ".": () => head.seek(head.timeS + 1 / RATE_HZ),
      Home: () => head.seek(0),
      End: () => head.seek(track.duration_s),
      "+": () => bar.zoom(-1),
      "=": () => bar.zoom(-1),
      "-": () => bar.zoom(1),
      "[": () => head.setSpeed(SPEEDS[Math.max(0, speed - 1)]),
      "]": () => head.setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, speed + 1)]),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }
  document.addEventListener("keydown", pressed);
  const resize = new ResizeObserver(() => draw());
  resize.observe(slider);
  const end = whenColoursChange(draw);

  const node = h(
    "div.page.player",
    {},
    h("p.back", {}, h("a", { href: "#/sessions" }, t("all_sessions"))),
    h("h1", {}, session),
    about && h("p.soft", {}, [serverWords("source", source), about.room, clock(track.duration_s)].filter(Boolean).join(" · ")),
    track.kept_until_s > untilS + 1 && h("p", {}, t("part_of_session", { from: clock(track.from_s), until: clock(untilS), kept: clock(track.kept_until_s) })),
    h("div.desk", {}, h("div.side", {}, stage.node, now.node), h("div.score", {}, bar.node, rows.length ? null : h("p.empty", {}, t("no_rows")), slider, key())),
    happened(app, track, (timeS) => head.seek(timeS)),
  );
  const leave = (): void => {
    head.pause();
    document.removeEventListener("keydown", pressed);
    resize.disconnect();
    end();
  };
  return { node, title: session, leave };
}

function key(): HTMLElement {
  return h(
    "p.legend",
    { id: "keys" },
    h("span.key", {}, h("i.micro", {}), t("micro")),
    h("span.key", {}, h("i.macro", {}), t("macro")),
    h("span.key", {}, t("left_right")),
    h("span.key.hand", {}, t("keys")),
  );
}
