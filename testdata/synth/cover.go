package main

import (
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"os"
)

const coverSize = 600

// rgb is linear light, so that glows add up as they do on film.
type rgb struct{ r, g, b float64 }

func (c rgb) plus(o rgb, k float64) rgb { return rgb{c.r + k*o.r, c.g + k*o.g, c.b + k*o.b} }

// toward blends to another colour.
func (c rgb) toward(o rgb, t float64) rgb {
	t = max(0, min(1, t))
	return rgb{c.r + t*(o.r-c.r), c.g + t*(o.g-c.g), c.b + t*(o.b-c.b)}
}

// hex reads 0xRRGGBB in sRGB.
func hex(v int) rgb {
	f := func(s int) float64 { return math.Pow(float64(v>>s&255)/255, 2.2) }
	return rgb{f(16), f(8), f(0)}
}

// canvas is a picture as a function of the unit square, y downwards.
type canvas func(x, y float64) rgb

// writeJPEG renders with nine samples a pixel.
func (c canvas) writeJPEG(name string) error {
	img := image.NewRGBA(image.Rect(0, 0, coverSize, coverSize))
	tone := func(v float64) uint8 {
		v = 1 - math.Exp(-1.6*max(0, v)) // soft shoulder instead of clipping
		return uint8(255*math.Pow(min(1, v/0.9), 1/2.2) + 0.5)
	}
	for py := range coverSize {
		for px := range coverSize {
			var sum rgb
			for k := range 9 {
				x := (float64(px) + (float64(k%3)+0.5)/3) / coverSize
				y := (float64(py) + (float64(k/3)+0.5)/3) / coverSize
				sum = sum.plus(c(x, y), 1.0/9)
			}
			img.SetRGBA(px, py, color.RGBA{tone(sum.r), tone(sum.g), tone(sum.b), 255})
		}
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := jpeg.Encode(f, img, &jpeg.Options{Quality: 86}); err != nil {
		return err
	}
	return f.Close()
}

// ridge is a sum of sines: hills, waves.
func ridge(x float64, seed uint64, octaves int) float64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	h, a, f := 0.0, 1.0, 1.7
	for range octaves {
		h += a * math.Sin(tau*(f*x+rng.Float64()))
		a *= 0.52
		f *= 1.93
	}
	return h
}

func slackWaterCover() canvas {
	horizon := 0.58
	sky := []rgb{hex(0x10233f), hex(0x2c4a70), hex(0x8c7f9d), hex(0xf0b59a)}
	moon := hex(0xfff1d6)
	skyAt := func(x, y float64) rgb {
		t := max(0, y/horizon) * 2.999
		i := min(int(t), 2)
		c := sky[i].toward(sky[i+1], t-float64(i))
		d := math.Hypot(x-0.64, y-0.30)
		c = c.plus(moon, 0.22*math.Exp(-d*d/0.012)+0.10*math.Exp(-d/0.12))
		if d < 0.075 {
			c = c.toward(moon, min(1, (0.075-d)/0.003)).plus(moon, 0.3)
		}
		for i, h := range []float64{0.075, 0.045, 0.02} {
			top := horizon - h - 0.022*ridge(x*(1+0.4*float64(i)), uint64(40+i), 5)*(1-0.25*float64(i))
			if y > top {
				c = hex(0x5b6486).toward(hex(0x1a2a45), float64(i)/2)
			}
		}
		return c
	}
	return func(x, y float64) rgb {
		if y < horizon {
			return skyAt(x, y)
		}
		d := (y - horizon) / (1 - horizon)
		// Water mirrors the sky through long flat waves that grow towards the viewer.
		k := math.Log(1 + 9*d)
		wave := math.Sin(k*46+1.6*ridge(x*0.8+k, 5, 3)) + 0.5*math.Sin(k*83+2*ridge(x*1.3-k, 6, 3))
		mx := x + 0.012*wave*(0.3+d)
		my := horizon - (y-horizon)*0.92 - 0.010*wave
		c := skyAt(mx, min(my, horizon-0.001))
		return c.toward(hex(0x0c1b33), 0.18+0.55*d)
	}
}

func paperLanternsCover() canvas {
	rng := rand.New(rand.NewPCG(77, 3))
	type lantern struct {
		x, y, r, power float64
		c              rgb
	}
	colours := []rgb{hex(0xff9a3c), hex(0xff6b4a), hex(0xffc56b), hex(0xf2507b)}
	var all []lantern
	for row := range 4 {
		for i := range 3 + row {
			depth := float64(row) / 3
			x := (float64(i)+0.5)/float64(3+row) + 0.09*(rng.Float64()-0.5)
			y := 0.80 - 0.19*float64(row) + 0.06*(rng.Float64()-0.5) + 0.05*math.Sin(3*x+float64(row))
			all = append(all, lantern{x, y, 0.088 - 0.055*depth, 1 - 0.55*depth, colours[rng.IntN(len(colours))]})
		}
	}
	return func(x, y float64) rgb {
		c := hex(0x2a1638).toward(hex(0x0d1026), y*1.1)
		c = c.plus(hex(0x7a2d4f), 0.25*math.Exp(-math.Pow((y-0.95)/0.3, 2)))
		for i := len(all) - 1; i >= 0; i-- {
			l := all[i]
			dx, dy := (x-l.x)/l.r, (y-l.y)/(1.22*l.r)
			// A lantern is a rounded barrel.
			d := math.Pow(math.Pow(math.Abs(dx), 2.6)+math.Pow(math.Abs(dy), 2.6), 1/2.6)
			c = c.plus(l.c, 0.16*l.power*math.Exp(-math.Hypot(dx, dy)/1.1))
			if d < 1 {
				heart := math.Exp(-(dx*dx + (dy-0.35)*(dy-0.35)) / 0.35)
				rib := 0.90 + 0.10*math.Cos(dy*19)
				body := l.c.toward(hex(0xfff0c8), 0.62*heart)
				k := rib * (0.45 + 0.75*heart) * l.power
				c = c.toward(rgb{body.r * k, body.g * k, body.b * k}, min(1, (1-d)/0.05))
			}
			if math.Abs(dx) < 0.38 && math.Abs(math.Abs(dy)-1) < 0.075 {
				c = hex(0x2b1420)
			}
		}
		return c
	}
}

// lit decides by a hash which windows have their light on.
func lit(x, y float64) bool {
	return rand.New(rand.NewPCG(uint64(x)*7919+uint64(y), 6)).Float64() < 0.22
}

func lastTramCover() canvas {
	cyan, pink, gold := hex(0x3df2ff), hex(0xff3d9a), hex(0xffc04d)
	vx, vy := 0.5, 0.46
	return func(x, y float64) rgb {
		c := hex(0x0b0a26).toward(hex(0x3a1150), math.Exp(-math.Pow((y-vy)/0.28, 2)))
		// A sun cut by blinds.
		d := math.Hypot(x-vx, y-vy+0.07)
		if d < 0.235 && y < vy {
			cut := math.Sin((y - vy) * 95 * (1 + 1.2*(vy-y)))
			if cut > -0.72+1.6*(y-vy+0.10) {
				c = gold.toward(pink, (y-vy+0.30)/0.30)
			}
		}
		c = c.plus(pink, 0.30*math.Exp(-d/0.14))
		// Skyline: houses of fixed width, each with its own height and lit windows.
		if y < vy {
			k := math.Floor(x * 26)
			rng := rand.New(rand.NewPCG(uint64(k)+9, 4))
			h := 0.025 + 0.10*rng.Float64()*min(1, 3*math.Abs(x-vx)+0.25)
			if y > vy-h {
				c = hex(0x0a0820)
				wx, wy := math.Floor(x*130), math.Floor((vy-y)*130)
				if lit(wx, wy) && math.Mod(x*130, 1) > 0.3 && math.Mod((vy-y)*130, 1) > 0.35 {
					c = hex(0x6d4a2a)
				}
			}
			return c
		}
		// Street: perspective grid, two bright rails.
		z := 0.10 / (y - vy + 0.004)
		u := (x - vx) * z * 9
		line := func(v, w float64) float64 {
			f := math.Abs(v - math.Round(v))
			return math.Exp(-f * f / (w * w))
		}
		fog := math.Exp(-z / 5)
		c = hex(0x14092b).plus(pink, 0.22*(1-fog))
		c = c.plus(cyan, 0.42*fog*line(u, 0.03*math.Sqrt(z)+0.012)+0.42*fog*line(z*2.2, 0.05*z+0.02))
		for _, rail := range []float64{-0.62, 0.62} {
			w := math.Abs(u-rail*1.55) / (0.035 + 0.06*z)
			c = c.plus(gold, 1.3*math.Exp(-w*w)+0.18*math.Exp(-w/5))
		}
		return c
	}
}
