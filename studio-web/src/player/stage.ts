/** The video where recording was consented to, else the drawn face. */
import { api } from "../api/client.ts";
import type { Source } from "../api/types.ts";
import { colours } from "../draw/colours.ts";
import { type BasisFile, readBasis } from "../face/basis.ts";
import basisUrl from "../face/basis.json?url";
import { Face } from "../face/face.ts";
import type { Pose } from "../face/pose.ts";
import { h } from "../shell/dom.ts";
import { t } from "../shell/language.ts";

/** Height of the drawing, by its width. */
const TALL = 1.32;

export interface Stage {
  node: HTMLElement;
  video: HTMLVideoElement | null;
  show(pose: Pose): void;
}

export async function makeStage(source: Source, session: string, hasVideo: boolean): Promise<Stage> {
  const video = hasVideo ? await openVideo(api.videoUrl(source, session)) : null;
  const stage = video ? videoStage(video) : await faceStage();
  if (hasVideo && !video) stage.node.append(h("p.fault-line", { role: "status" }, t("video_broken")));
  return stage;
}

/** A video that this browser can play; null where it cannot. */
function openVideo(src: string): Promise<HTMLVideoElement | null> {
  const video = h("video", { preload: "auto", muted: true, playsinline: true, "aria-label": t("video_of") });
  video.muted = true;
  return new Promise((resolve) => {
    video.addEventListener("loadedmetadata", () => resolve(video), { once: true });
    video.addEventListener("error", () => resolve(null), { once: true });
    video.src = src;
  });
}

function notRead(): HTMLElement {
  return h("p.not-read", { hidden: true }, t("not_read"));
}

function videoStage(video: HTMLVideoElement): Stage {
  const note = notRead();
  const caption = h("figcaption", {}, t("video_consented"));
  return { node: h("figure.stage", {}, h("div.paper", {}, video, note), caption), video, show: (pose) => void (note.hidden = pose.read) };
}

async function faceStage(): Promise<Stage> {
  const note = notRead();
  const basis = readBasis((await (await fetch(basisUrl)).json()) as BasisFile);
  const canvas = h("canvas", { role: "img", "aria-label": t("drawn_face"), width: 300, height: 396 });
  let face: Face | null = null;
  const show = (pose: Pose): void => {
    note.hidden = pose.read;
    const across = Math.round(canvas.clientWidth * Math.min(2, devicePixelRatio || 1));
    if (across === 0) return;
    if (!face || canvas.width !== across) {
      canvas.width = across;
      canvas.height = Math.round(across * TALL);
      face = new Face(canvas, basis);
    }
    const { inkRgb, paperRgb, dark } = colours();
    face.draw(pose, { ink: inkRgb, paper: paperRgb, dark });
  };
  const caption = h("figcaption", {}, t("drawn_face"));
  return { node: h("figure.stage", {}, h("div.paper", {}, canvas, note), caption), video: null, show };
}
