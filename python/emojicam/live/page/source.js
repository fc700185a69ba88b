/** What the board is shown: this computer's camera, a picture or a clip, or what the server has. */
import { byId, element } from "./dom.js";
import { me, on } from "./link.js";
import { note } from "./log.js";
import { present, step, withdraw } from "./present.js";

const video = /** @type {HTMLVideoElement} */ (element("video", { muted: true, playsInline: true, loop: true }));
const sheet = new OffscreenCanvas(1, 1);
const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (sheet.getContext("2d", { willReadFrequently: true }));
/** Longest side of what is read of a dropped picture. */
const MOST = 1600;
const STILL_MS = 40;

/** Ends what is being presented. @type {() => void} */
let end = () => {};

/** @param {string} text @param {boolean} [bad] */
function tell(text, bad = false) {
  byId("source").textContent = text;
  byId("source").classList.toggle("bad", bad);
  if (bad) note(text, "problem");
}

/** @param {CanvasImageSource} image @param {number} width @param {number} height */
function read(image, width, height) {
  if (!width || !height) return null;
  const scale = Math.min(1, MOST / Math.max(width, height));
  const [wide, high] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  if (sheet.width !== wide || sheet.height !== high) [sheet.width, sheet.height] = [wide, high];
  pen.fillStyle = "#fff";  // what is see-through is on white
  pen.fillRect(0, 0, wide, high);
  pen.drawImage(image, 0, 0, wide, high);
  return pen.getImageData(0, 0, wide, high);
}

/** @param {string} name */
function presentVideo(name) {
  let going = true;
  const next = () => {
    if (!going) return;
    step();
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(next);
    else requestAnimationFrame(next);
  };
  present(name, () => read(video, video.videoWidth, video.videoHeight));
  next();
  return () => { going = false; };
}

/** Why a camera can't be had, and what to do. @type {Record<string, string>} */
const DENIED = {
  NotAllowedError: "The browser may not use the camera: allow it beside the page’s address, and click again.",
  NotFoundError: "This computer has no camera that the browser finds.",
  NotReadableError: "Another program has the camera: close that one, and click again.",
  AbortError: "The camera went away: plug it in again, and click again.",
};

async function useCamera() {
  stop();
  if (!navigator.mediaDevices?.getUserMedia) {
    tell("A browser gives its camera only to a page of its own computer: open this page there.", true);
    return;
  }
  tell("waiting for the camera…");
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: false, video: { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 }, facingMode: "user" },
    });
    video.srcObject = stream;
    await video.play();
    const [track] = stream.getVideoTracks();
    const over = presentVideo("camera");
    track.addEventListener("ended", () => {
      stop();
      tell("The camera is gone: plug it in again, and click again.", true);
    });
    end = () => {
      over();
      stream.getTracks().forEach((one) => one.stop());
      video.srcObject = null;
    };
  } catch (error) {
    const { name, message } = /** @type {Error} */ (error);
    tell(DENIED[name] ?? `The camera can’t be used: ${message}`, true);
  }
}

/** @param {File} file */
async function useFile(file) {
  stop();
  tell(`opening ${file.name}…`);
  try {
    if (file.type.startsWith("video/")) end = await showClip(file);
    else end = (await showAnimation(file)) ?? (await showStill(file));
  } catch {
    tell(`The browser can’t show ${file.name}: try a JPEG, PNG, WebP, GIF, MP4 or WebM.`, true);
  }
}

/** @param {File} file */
async function showClip(file) {
  const address = URL.createObjectURL(file);
  video.src = address;
  await video.play();
  const over = presentVideo(file.name);
  return () => {
    over();
    video.pause();
    video.removeAttribute("src");
    URL.revokeObjectURL(address);
  };
}

/** @param {File} file */
async function showStill(file) {
  const image = await createImageBitmap(file);
  const picture = read(image, image.width, image.height);
  present(file.name, () => picture);
  const timer = setInterval(step, STILL_MS);
  return () => clearInterval(timer);
}

/** An animated picture, where the browser takes it apart. @param {File} file @returns {Promise<(() => void) | null>} */
async function showAnimation(file) {
  const { ImageDecoder } = /** @type {any} */ (globalThis);
  if (!ImageDecoder || !(await ImageDecoder.isTypeSupported(file.type))) return null;
  const decoder = new ImageDecoder({ type: file.type, data: await file.arrayBuffer() });
  await decoder.tracks.ready;
  await decoder.completed;
  const frames = decoder.tracks.selectedTrack.frameCount;
  if (frames < 2) return null;
  /** @type {ImageData | null} */
  let picture = null;
  let [index, going, timer] = [0, true, 0];
  const next = async () => {
    let image;
    try {
      ({ image } = await decoder.decode({ frameIndex: index }));
    } catch (error) {
      if (!going) return;  // closed in the middle of it
      throw error;
    }
    picture = read(image, image.displayWidth, image.displayHeight);
    const gap = (image.duration ?? 40_000) / 1000;
    image.close();
    index = (index + 1) % frames;
    if (!going) return;
    step();
    timer = setTimeout(next, gap);
  };
  present(file.name, () => picture);
  await next();
  return () => {
    going = false;
    clearTimeout(timer);
    decoder.close();
  };
}

function stop() {
  end();
  end = () => {};
  withdraw();
}

byId("camera").addEventListener("click", useCamera);
byId("open").addEventListener("click", () => byId("file").click());
byId("file").addEventListener("change", () => {
  const [file] = byId("file").files;
  if (file) useFile(file);
  byId("file").value = "";
});
byId("withdraw").addEventListener("click", () => { stop(); tell(""); });

on("source", (source) => {
  const ours = source.what === "page" && source.viewer === me;
  if (source.what === "page" && !ours) {  // another page has taken over
    end();
    end = () => {};
  }
  byId("withdraw").hidden = !ours;
  byId("camera").hidden = source.what === "camera" || (ours && source.name === "camera");
  byId("open").hidden = source.what === "camera";
  // What went wrong stays until something else is asked for: the server's own clip comes back behind it.
  if (source.what === "clip" && byId("source").classList.contains("bad")) return;
  tell(source.what === "clip" ? `${source.name}, over and over` : source.name);
});

for (const kind of ["dragenter", "dragover"]) {
  addEventListener(kind, (/** @type {any} */ event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
}
addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dropping"); });
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  const file = event.dataTransfer?.files[0];
  if (file && !byId("controls").disabled && !byId("open").hidden) useFile(file);
});
