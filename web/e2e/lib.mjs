// What the browser tests share: a browser, checks that are counted, and ways to look at the
// page. Each test is node e2e/NAME.mjs ADDRESS [SHOTS]; SHOTS is a folder for screenshots.
// ONLY=REGEXP runs the sessions of that name alone.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export const [address, shots] = process.argv.slice(2);
if (address === undefined) {
  console.error('usage: node e2e/NAME.mjs ADDRESS [SHOTS]');
  process.exit(2);
}
if (shots !== undefined) mkdirSync(shots, { recursive: true });

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const wide = { width: 1440, height: 900 };
export const narrow = { width: 390, height: 844 };

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--autoplay-policy=no-user-gesture-required',
  ],
});

let failed = 0;

export async function check(name, what) {
  try {
    await what();
    console.log(`ok    ${name}`);
  } catch (error) {
    failed++;
    console.log(
      `FAIL  ${name}\n      ${String(error?.stack ?? error).replaceAll('\n', '\n      ')}`,
    );
  }
}

/** session opens a page with a profile of its own. Console errors fail it, but for `expected`. */
export async function session(name, options, what) {
  if (!new RegExp(process.env.ONLY ?? '').test(name)) return;
  const { expected, ...contextOptions } = options;
  const context = await browser.newContext({ viewport: wide, locale: 'en-GB', ...contextOptions });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], {
    origin: new URL(address).origin,
  });
  const page = await context.newPage();
  // A machine that does much else is slow, and a check that fails waits this long once.
  page.setDefaultTimeout(20_000);
  const errors = [];
  page.on('console', (m) => {
    if (m.type() === 'error' || m.type() === 'warning') {
      if (!expected?.test(m.text())) errors.push(`${m.type()}: ${m.text()} ${m.location().url}`);
    }
  });
  page.on('pageerror', (e) => errors.push(`uncaught: ${e.stack ?? e}`));
  await what(page, context);
  await check(`${name}: the console is clean`, () => assert.deepEqual(errors, []));
  await context.close();
}

export const id = (page, testid) => page.getByTestId(testid);
export const tracksOf = (page) => id(page, 'track').filter({ has: page.getByTestId('track-play') });
export const audio = (page, read) => id(page, 'audio').evaluate(read);
export const phase = (page, want) =>
  page.locator(`[data-testid=player][data-phase=${want}]`).waitFor({ state: 'attached' });

export async function shot(page, name, fullPage = false) {
  // Artwork that is still fading in would make each picture another one.
  await page.waitForTimeout(350);
  if (shots !== undefined) await page.screenshot({ path: join(shots, `${name}.png`), fullPage });
}

export async function axeFindsNothing(page) {
  await page.waitForTimeout(350);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, { resultTypes: ['violations'] }),
  );
  const said = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' | ')}`);
  assert.deepEqual(said, []);
}

export async function noSidewaysScroll(page) {
  const over = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.ok(over <= 0, `the page is ${over}px wider than the window`);
}

/** loudness listens to the element's own sound: the root mean square over about a second. */
export const loudness = (page) =>
  id(page, 'audio').evaluate(async (element) => {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 2048;
    context.createMediaStreamSource(element.captureStream()).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let loudest = 0;
    for (let i = 0; i < 20; i++) {
      await new Promise((done) => setTimeout(done, 60));
      analyser.getFloatTimeDomainData(samples);
      const rms = Math.sqrt(samples.reduce((sum, v) => sum + v * v, 0) / samples.length);
      loudest = Math.max(loudest, rms);
    }
    await context.close();
    return loudest;
  });

export async function advances(page) {
  const from = await audio(page, (a) => a.currentTime);
  await page.waitForFunction(
    (t) => document.querySelector('[data-testid=audio]').currentTime > t + 0.4,
    from,
  );
}

export const near = (got, want, by, what) =>
  assert.ok(Math.abs(got - want) <= by, `${what}: got ${got}, want ${want} ± ${by}`);

/** finish ends the test, with 1 when a check failed. */
export async function finish() {
  await browser.close();
  console.log(failed === 0 ? 'all checks passed' : `${failed} checks failed`);
  process.exit(failed === 0 ? 0 : 1);
}
