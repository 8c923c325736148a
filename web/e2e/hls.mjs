// HLS in a real browser: node e2e/hls.mjs ADDRESS [SHOTS], where ADDRESS shows the folder that
// e2e/media.sh made. It listens to what comes out of the element.
import assert from 'node:assert/strict';
import {
  address,
  advances,
  audio,
  axeFindsNothing,
  check,
  finish,
  id,
  loudness,
  narrow,
  near,
  noSidewaysScroll,
  phase,
  session,
  shot,
  tracksOf,
  wide,
} from './lib.mjs';

const folder = (name) => `${new URL('/', address).href}?path=/${name}/`;
const fact = (page, name) => id(page, `panel-${name}`).textContent();
const until = (page, name, want) =>
  page.waitForFunction(
    ([n, w]) => new RegExp(w).test(document.querySelector(`[data-testid=${n}]`)?.textContent ?? ''),
    [`panel-${name}`, want],
  );

/** play opens a folder with the technical panel, and plays one of its tracks. */
async function play(page, name, index = 0) {
  // A server that has yet to read the folder plays the first track by itself.
  const info = `${new URL('/', address).href}${name}/hls/info.json`;
  for (let i = 0; i < 20 && (await page.request.get(info)).status() === 503; i++) {
    await page.waitForTimeout(250);
  }
  await page.addInitScript(() => localStorage.setItem('segue.panel', 'open'));
  await page.goto(folder(name));
  await tracksOf(page).nth(index).getByTestId('track-play').click();
  await phase(page, 'playing');
  await advances(page);
}

/** record takes what the element plays, to the sample, for some seconds from a place on. */
const record = (page, from, seconds) =>
  audio(
    page,
    new Function(
      'a',
      `return (async () => {
        const context = (window.context ??= new AudioContext({ sampleRate: 44100 }));
        const code = "registerProcessor('take', class extends AudioWorkletProcessor {" +
          "process([[c]]) { if (c) this.port.postMessage(c.slice()); return true; } })";
        if (!window.take) {
          await context.audioWorklet.addModule(
            URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
          window.take = new AudioWorkletNode(context, 'take');
          context.createMediaElementSource(a).connect(take);
          take.connect(context.destination);
        }
        const blocks = [];
        a.currentTime = ${from};
        const wait = (ms) => new Promise((done) => setTimeout(done, ms));
        await wait(1000);
        take.port.onmessage = (e) => blocks.push(e.data);
        await wait(${seconds * 1000});
        take.port.onmessage = null;
        let run = 0, quiet = 0, count = 0, peak = 0;
        for (const block of blocks) for (const v of block) {
          count++;
          peak = Math.max(peak, Math.abs(v));
          run = Math.abs(v) < 0.01 ? run + 1 : 0;
          quiet = Math.max(quiet, run);
        }
        return { seconds: count / 44100, quiet: (quiet / 44100) * 1000, peak, at: a.currentTime };
      })()`,
    ),
  );

const codecs = [
  { name: 'flac', says: /^FLAC/ },
  { name: 'aac', says: /^AAC · mp4a\.40\.2/ },
  { name: 'mp3', says: /^MP3/ },
  { name: 'opus', says: /^Opus/ },
  // ADTS carries no word of what its encoder added, so its joins are as they are.
  { name: 'adts', says: /^AAC/, title: '02', gap: 80 },
];
for (const { name, says, title = 'Tone 2', gap = 5 } of codecs) {
  // An audio worklet from a blob is the test's own, and against the page's policy.
  await session(name, { bypassCSP: true }, async (page) => {
    await check(`${name}: it plays over HLS, the folder as one`, async () => {
      await play(page, name);
      assert.match(await fact(page, 'by'), /^HLS, the folder as one/);
      assert.match(await fact(page, 'codec'), says);
      assert.ok((await audio(page, (a) => a.src)).startsWith('blob:'));
      assert.ok((await loudness(page)) > 0.01, 'silent');
    });
    await check(`${name}: the bar has the time of the track`, async () => {
      assert.match(await id(page, 'total').textContent(), /0:14$/);
      assert.match(await fact(page, 'segment'), /^\d+ of \d+$/);
      assert.match(await fact(page, 'buffer'), /^\d+\.\d s$/);
    });
    await check(`${name}: a seek lands`, async () => {
      await id(page, 'seek').fill('8');
      await page.waitForTimeout(300);
      near(await audio(page, (a) => a.currentTime), 8, 2.5, 'place');
      await advances(page);
    });
    await check(`${name}: the join of two tracks has no gap`, async () => {
      let heard;
      // A busy machine drops sound too. A gap of the join's own is there each time.
      for (let i = 0; i < 4 && !(heard?.quiet <= gap); i++) {
        heard = await record(page, 12.2, 3);
        assert.ok(heard.at > 14.5, `the join was not reached: ${heard.at}`);
        assert.ok(heard.peak > 0.05 && heard.seconds > 2, `not heard: ${JSON.stringify(heard)}`);
        console.log(`      longest silence ${heard.quiet.toFixed(2)} ms`);
      }
      assert.ok(heard.quiet <= gap, `a silence of ${heard.quiet} ms`);
      assert.equal(await id(page, 'now-title').textContent(), title);
      assert.match(await id(page, 'total').textContent(), /0:15$/);
      assert.equal(await page.evaluate(() => navigator.mediaSession.metadata.title), title);
      await phase(page, 'playing');
    });
    await check(`${name}: next and previous are within the album`, async () => {
      const src = await audio(page, (a) => a.src);
      await id(page, 'seek').fill('1');
      await id(page, 'next').click();
      await page.waitForTimeout(400);
      near(await audio(page, (a) => a.currentTime), 29.78 + 5, 5, 'place');
      // Twice: after some seconds the first press goes to the start of the track.
      for (let i = 0; i < 3 && (await audio(page, (a) => a.currentTime)) > 29; i++) {
        await id(page, 'previous').click();
        await page.waitForTimeout(400);
      }
      near(await audio(page, (a) => a.currentTime), 14.12 + 5, 5, 'place');
      await phase(page, 'playing');
      assert.equal(await audio(page, (a) => a.src), src);
    });
    await check(`${name}: the last track ends the queue`, async () => {
      await id(page, 'next').click();
      await id(page, 'seek').fill('14.5');
      await phase(page, 'paused');
    });
  });
}

for (const colorScheme of ['light', 'dark']) {
  for (const viewport of [wide, narrow]) {
    const name = `wave-${viewport.width}-${colorScheme}`;
    await session(name, { viewport, colorScheme }, async (page) => {
      await check(`${name}: the waveform is drawn, and its played part is coloured`, async () => {
        await play(page, 'wave');
        await page.locator('[data-testid=wave][data-state=ready]').waitFor();
        await id(page, 'seek').fill('15');
        await page.waitForTimeout(500);
        const ink = await inkOf(page);
        // The tone swells: where it is loud, the strokes are high. Both halves have their colour.
        assert.ok(ink.most > 3 * ink.least, `heights ${ink.least} to ${ink.most}`);
        assert.notEqual(ink.left, ink.right);
      });
      await check(`${name}: the panel is readable`, async () => {
        assert.match(await fact(page, 'by'), /^HLS$/);
        assert.match(await fact(page, 'sound'), /44\.1 kHz · \d\d bit · stereo/);
        assert.match(await fact(page, 'bitrate'), /kbit\/s$/);
        assert.match(await fact(page, 'bitrate-now'), /kbit\/s$/);
        assert.match(await fact(page, 'version'), /^[0-9a-f]{16}$/);
        assert.match(await fact(page, 'gapless'), /^0 \+ 0 samples · from the codec/);
        await noSidewaysScroll(page);
        await axeFindsNothing(page);
        await shot(page, `panel-${viewport.width}-${colorScheme}`);
      });
      await check(`${name}: the waveform seeks, by a click and by a drag`, async () => {
        const box = await id(page, 'wave').boundingBox();
        const y = box.y + box.height / 2;
        await page.mouse.click(box.x + box.width / 4, y);
        await page.waitForTimeout(300);
        near(await audio(page, (a) => a.currentTime), 7.5, 2.5, 'place');
        await page.mouse.move(box.x + box.width / 4, y);
        await page.mouse.down();
        await page.mouse.move(box.x + box.width / 2, y, { steps: 3 });
        assert.match(await id(page, 'elapsed').textContent(), /0:1[456]$/);
        await page.mouse.up();
        await page.waitForTimeout(300);
        near(await audio(page, (a) => a.currentTime), 15, 2.5, 'place');
      });
      await check(`${name}: the panel closes, gives the focus back and is remembered`, async () => {
        await id(page, 'panel').focus();
        await page.keyboard.press('Escape');
        await id(page, 'panel').waitFor({ state: 'detached' });
        assert.equal(
          await page.evaluate(() => document.activeElement?.getAttribute('data-testid')),
          'technical',
        );
        assert.equal(await id(page, 'technical').getAttribute('aria-expanded'), 'false');
        assert.equal(await page.evaluate(() => localStorage.getItem('segue.panel')), null);
        await shot(page, `wave-${viewport.width}-${colorScheme}`);
      });
    });
  }
}

/** inkOf measures the waveform's pixels: heights of its columns, and the colour of each half. */
async function inkOf(page) {
  const png = (await id(page, 'wave').screenshot()).toString('base64');
  return page.evaluate(async (data) => {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const { width, height } = image;
    const canvas = new OffscreenCanvas(width, height).getContext('2d');
    canvas.drawImage(image, 0, 0);
    const { data: p } = canvas.getImageData(0, 0, width, height);
    const at = (x, y) => [...p.slice(4 * (y * width + x), 4 * (y * width + x) + 3)];
    const far = (a, b) => Math.max(...a.map((v, i) => Math.abs(v - b[i])));
    const colour = (from, to) => {
      const seen = new Map();
      for (let x = from; x < to; x++) {
        const c = at(x, height >> 1).join();
        seen.set(c, (seen.get(c) ?? 0) + 1);
      }
      return [...seen]
        .sort((a, b) => b[1] - a[1])
        .slice(0, 2)
        .join(' ');
    };
    const columns = [];
    for (let x = 0; x + 3 <= width; x += 3) {
      let most = 0;
      for (const k of [0, 1, 2]) {
        let inked = 0;
        for (let y = 0; y < height; y++) if (far(at(x + k, y), at(x + k, 0)) > 24) inked++;
        most = Math.max(most, inked);
      }
      columns.push(most);
    }
    columns.sort((a, b) => a - b);
    const pick = (part) => columns[Math.floor(columns.length * part)];
    return {
      least: pick(0.1),
      most: pick(0.9),
      left: colour(0, (width * 0.4) | 0),
      right: colour((width * 0.6) | 0, width),
    };
  }, png);
}

const noise = /Failed to load resource|ERR_/;

await session('fall-back', { expected: noise }, async (page) => {
  await check('segments that do not come: the stream goes on, at the same place', async () => {
    await page.route(/\/hls\/flac\/[0-9a-f]{16}\/[1-9]/, (route) => route.abort('failed'));
    await play(page, 'wave');
    await id(page, 'seek').fill('20');
    await until(page, 'by', '^Stream, because HLS broke off');
    await phase(page, 'playing');
    await advances(page);
    near(await audio(page, (a) => a.currentTime), 20, 4, 'place');
    assert.equal(await id(page, 'player-failure').count(), 0);
  });
  await check('chosen anew, it is HLS again', async () => {
    await page.unrouteAll();
    await id(page, 'previous').click();
    await page.reload();
    await tracksOf(page).first().getByTestId('track-play').click();
    await until(page, 'by', '^HLS');
  });
});

await session('indexing', { expected: noise }, async (page) => {
  await check('a server that still reads the file: the stream plays at once', async () => {
    await page.route(/\/hls\//, (route) =>
      route.fulfill({ status: 503, headers: { 'Retry-After': '1' }, body: '{"code":"indexing"}' }),
    );
    await play(page, 'wave');
    assert.match(await fact(page, 'by'), /^Stream, because the server is still reading/);
    assert.equal(await id(page, 'player-failure').count(), 0);
  });
});

await session('off', {}, async (page) => {
  await check('a server without HLS is not asked for it', async () => {
    const asked = [];
    page.on('request', (r) => r.url().includes('/hls/') && asked.push(r.url()));
    await page.route('**/api/v1/config', async (route) => {
      const config = await (await route.fetch()).json();
      await route.fulfill({ json: { ...config, hls: false } });
    });
    await play(page, 'wave');
    assert.match(await fact(page, 'by'), /^Stream, because the server gives no HLS/);
    assert.deepEqual(asked, []);
  });
});

await session('other', {}, async (page) => {
  await check(
    'ALAC: the page says that this browser cannot play it, and offers the file',
    async () => {
      await page.goto(folder('other'));
      await page.locator('[data-path$="alac.m4a"]').getByTestId('track-play').click();
      await id(page, 'player-failure').waitFor();
      assert.match(await id(page, 'player-failure').textContent(), /cannot play ALAC/);
      assert.match(await id(page, 'failure-download').getAttribute('href'), /\/other\/alac\.m4a$/);
      assert.match(await id(page, 'track-unplayable').textContent(), /cannot play ALAC/);
      await axeFindsNothing(page);
      await shot(page, 'alac-1440');
      await page.setViewportSize(narrow);
      await shot(page, 'alac-390');
      await page.setViewportSize(wide);
    },
  );
  await check('of a film the sound plays over HLS', async () => {
    await play(page, 'other', 1);
    assert.match(await fact(page, 'by'), /^HLS/);
    assert.match(await fact(page, 'codec'), /^AAC/);
    assert.ok((await loudness(page)) > 0.01, 'silent');
  });
});

await session('weight', {}, async (page) => {
  await check('the first load is at most 150 kB', async () => {
    const sizes = [];
    page.on('response', (r) => {
      if (/\/(\.segue\/.*)?$/.test(new URL(r.url()).pathname)) sizes.push(r.request().sizes());
    });
    await page.goto(folder('wave'));
    await id(page, 'tracks').waitFor();
    await page.waitForTimeout(500);
    const bytes = (await Promise.all(sizes)).reduce((sum, s) => sum + s.responseBodySize, 0);
    console.log(`      ${bytes} bytes`);
    assert.ok(bytes > 50_000 && bytes <= 150_000, `${bytes} bytes`);
  });
});

await finish();
