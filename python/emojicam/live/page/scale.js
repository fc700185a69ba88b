/** Frames of any size as the board's sensor gives them. */

/** What the cameras give, in grey (`emojicam.image.fit.SENSOR`). */
export const SENSOR = { width: 320, height: 240 };

/**
 * Which input pixels an output pixel covers: from `first`, one weight each, which add up to 1.
 * @param {number} input - pixels of the frame's side
 * @param {number} output - pixels of the sensor's side
 * @param {number} step - input pixels an output pixel
 * @returns {{first: number, weights: number[]}[]}
 */
function covers(input, output, step) {
  const start = (input - output * step) / 2;
  return Array.from({ length: output }, (_, index) => {
    // Beyond the frame there is its edge.
    const from = Math.min(Math.max(start + index * step, 0), input - 1e-6);
    const to = Math.max(Math.min(start + (index + 1) * step, input), from + 1e-6);
    const first = Math.floor(from);
    const last = Math.min(Math.ceil(to), input);
    const weights = Array.from({ length: last - first }, (__, i) => {
      return Math.min(to, first + i + 1) - Math.max(from, first + i);
    });
    const total = weights.reduce((sum, one) => sum + one, 0);
    return { first, weights: weights.map((one) => one / total) };
  });
}

/** @type {{key: string, columns: ReturnType<typeof covers>, rows: ReturnType<typeof covers>}} */
let last = { key: "", columns: [], rows: [] };

/**
 * The frame in grey, its centred square as large as the sensor is high; each pixel is the average of the area that it covers.
 * @param {ImageData} frame
 * @returns {Uint8Array} of the sensor's pixels, rows from the top
 */
export function toSensor({ width, height, data }) {
  const key = `${width} ${height}`;
  if (last.key !== key) {
    const step = Math.min(width, height) / SENSOR.height;
    last = { key, columns: covers(width, SENSOR.width, step), rows: covers(height, SENSOR.height, step) };
  }
  const { columns, rows } = last;
  const narrow = new Float32Array(SENSOR.width * height);
  const luma = new Float32Array(width);
  for (let y = 0; y < height; ++y) {
    // As `emojicam.image.to_grey`.
    for (let x = 0, i = 4 * y * width; x < width; ++x, i += 4) luma[x] = (77 * data[i] + 150 * data[i + 1] + 29 * data[i + 2]) / 256;
    for (let x = 0; x < SENSOR.width; ++x) {
      const { first, weights } = columns[x];
      let sum = 0;
      for (let i = 0; i < weights.length; ++i) sum += weights[i] * luma[first + i];
      narrow[y * SENSOR.width + x] = sum;
    }
  }
  const grey = new Uint8Array(SENSOR.width * SENSOR.height);
  for (let y = 0; y < SENSOR.height; ++y) {
    const { first, weights } = rows[y];
    for (let x = 0; x < SENSOR.width; ++x) {
      let sum = 0;
      for (let i = 0; i < weights.length; ++i) sum += weights[i] * narrow[(first + i) * SENSOR.width + x];
      grey[y * SENSOR.width + x] = Math.round(sum);
    }
  }
  return grey;
}
