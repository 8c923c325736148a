// The technical panel: what plays, and how it comes here. In a chunk of its own, for those who
// open it.
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from '../../ui/button';
import { type MediaInfo, type Rendition, soundOf } from '../info';
import { text } from '../text';
import { ahead } from './album';
import type { Report } from './report';
import { useClock, useReport } from './use';
import { nameOf } from './way';

const words = text.panel;

export function Panel({ id, onClose }: { id: string; onClose(): void }) {
  const report = useReport();
  const { info } = report;
  const sound = info && soundOf(info);
  return (
    <div className="mx-auto max-w-7xl px-4 pt-3 sm:px-8">
      <section
        id={id}
        aria-label={words.title}
        data-testid="panel"
        data-by={report.by}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take the focus
        tabIndex={0}
        onKeyDown={(e) => e.key === 'Escape' && onClose()}
        className="relative max-h-[42dvh] overflow-y-auto rounded-lg bg-sunken p-3 pr-10"
      >
        <dl
          className="grid grid-cols-2 gap-x-5 gap-y-2 text-sm sm:grid-cols-4
            lg:grid-cols-6"
        >
          <Fact name={words.delivery} testid="by" wide>
            {deliveryOf(report)}
          </Fact>
          <Fact name={words.codec} testid="codec">
            {sound && [nameOf(sound.codec), sound.codecs]}
          </Fact>
          <Fact name={words.rendition} testid="rendition">
            {sound && [sound.name, sound.format]}
          </Fact>
          <Fact name={words.sound} testid="sound">
            {sound && soundWords(sound)}
          </Fact>
          <Fact name={words.bitrate} testid="bitrate">
            {sound?.averageBandwidth && words.kilobits(sound.averageBandwidth)}
          </Fact>
          <Fact name={words.bitrateNow} testid="bitrate-now">
            {report.segment?.bitrate && words.kilobits(report.segment.bitrate)}
          </Fact>
          <Fact name={words.buffer} testid="buffer">
            <Buffer />
          </Fact>
          <Fact name={words.segment} testid="segment">
            {report.segment && words.of(report.segment.number, report.segment.of)}
          </Fact>
          <Fact name={words.version} testid="version">
            {info && <code className="font-mono text-xs">{info.version}</code>}
          </Fact>
          <Fact name={words.gapless} testid="gapless" wide>
            {sound && gaplessWords(sound, report.trimmed)}
          </Fact>
          <Fact name={words.loudness} testid="loudness" wide>
            {info?.loudness && loudnessWords(info.loudness)}
          </Fact>
          {info && info.notes.length > 0 && (
            <Fact name={words.notes} testid="notes" all>
              {info.notes.map((note) => (
                <span key={note} className="block">
                  {note}
                </span>
              ))}
            </Fact>
          )}
        </dl>
        <IconButton
          label={words.close}
          data-testid="panel-close"
          className="absolute! top-1 right-1"
          onClick={onClose}
        >
          <X aria-hidden="true" className="size-4" />
        </IconButton>
      </section>
    </div>
  );
}

interface FactProps {
  name: string;
  testid: string;
  wide?: boolean;
  all?: boolean;
  children: ReactNode;
}

/** Fact keeps its place when nothing is known, so that values do not jump about. */
function Fact({ name, testid, wide, all, children }: FactProps) {
  const parts = Array.isArray(children) ? children.filter(Boolean) : [children];
  const said = parts.some(Boolean);
  const joined = parts.every((p) => typeof p === 'string') ? parts.join(' · ') : parts;
  return (
    <div className={`min-w-0 ${all ? 'col-span-full' : wide ? 'col-span-2' : ''}`}>
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="wrap-anywhere tabular-nums" data-testid={`panel-${testid}`}>
        {said ? joined : '–'}
      </dd>
    </div>
  );
}

function Buffer() {
  const { position, buffered } = useClock();
  return words.seconds(ahead(buffered, position));
}

function deliveryOf({ by, why, album }: Report): string {
  if (by === 'stream') return words.by.stream(why === undefined ? '' : words.why[why]);
  return by === 'hls' && album ? words.by.album : words.by[by];
}

const soundWords = ({ sampleRate, bits, channels }: Rendition): string[] => [
  sampleRate === undefined ? '' : words.rate(sampleRate),
  bits === undefined ? '' : words.bits(bits),
  channels === undefined ? '' : words.channels(channels),
];

const gaplessWords = ({ delay, padding, gapless }: Rendition, trimmed: boolean): string[] => [
  words.samples(delay, padding),
  gapless === undefined ? words.unknown : words.from(words.source[gapless] ?? gapless),
  trimmed ? words.trimmed : '',
];

const loudnessWords = (l: NonNullable<MediaInfo['loudness']>): string[] => [
  l.trackGain === undefined ? '' : words.gain(l.trackGain),
  l.trackPeak === undefined ? '' : words.peak(l.trackPeak),
  l.albumGain === undefined ? '' : words.albumGain(l.albumGain),
];
