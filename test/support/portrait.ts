import sharp, { type Sharp } from "sharp";

/** Draws a picture of a face, 256 by 256 pixels, that is different for each seed. */
export function portrait(seed: number): Sharp {
  const hue = (seed * 137) % 360;
  const x = 70 + ((seed * 53) % 110);
  const y = 80 + ((seed * 31) % 90);
  return sharp(
    Buffer.from(`<svg width="256" height="256">
      <defs><linearGradient id="g" x2="1" y2="1">
        <stop stop-color="hsl(${hue},70%,60%)"/><stop offset="1" stop-color="hsl(${(hue + 90) % 360},70%,30%)"/>
      </linearGradient></defs>
      <circle cx="128" cy="128" r="128" fill="url(#g)"/>
      <circle cx="${x}" cy="${y}" r="52" fill="hsl(${(hue + 40) % 360},50%,80%)"/>
      <circle cx="${x - 18}" cy="${y - 10}" r="7"/><circle cx="${x + 18}" cy="${y - 10}" r="7"/>
      <path d="M${x - 25} ${y + 18} q25 20 50 0" stroke="#a22" stroke-width="6" fill="none"/>
      <rect x="${x - 60}" y="${y + 60}" width="120" height="${seed * 17}" fill="hsl(${(hue + 200) % 360},60%,40%)"/>
    </svg>`),
  );
}
