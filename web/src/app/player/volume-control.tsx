import { Volume1, Volume2, VolumeX } from 'lucide-react';
import { IconButton } from '../../ui/button';
import { Slider } from '../../ui/slider';
import { text } from '../text';
import { useLoudness, usePlayer } from './use';

/** VolumeControl is the mute button and the slider; a prefix tells two of them apart in tests. */
export function VolumeControl({ className, prefix = '' }: { className: string; prefix?: string }) {
  const player = usePlayer();
  const { volume, muted } = useLoudness();
  const Icon = muted || volume === 0 ? VolumeX : volume < 0.5 ? Volume1 : Volume2;
  return (
    <>
      <IconButton
        label={muted ? text.player.unmute : text.player.mute}
        aria-pressed={muted}
        data-testid={`${prefix}mute`}
        onClick={() => player.toggleMute()}
      >
        <Icon aria-hidden="true" className="size-[1.15rem]" strokeWidth={1.75} />
      </IconButton>
      <Slider
        className={`mx-2 ${className}`}
        label={text.player.volume}
        testid={`${prefix}volume`}
        value={muted ? 0 : volume}
        max={1}
        step={0.01}
        live
        valueText={(v) => `${Math.round(v * 100)}%`}
        onCommit={(v) => player.setVolume(v)}
      />
    </>
  );
}
