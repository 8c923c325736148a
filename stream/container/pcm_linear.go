package container

import "math"

// linearOrder is of the linear predictor, that of the reference encoder's middle
// levels.
const linearOrder = 8

// linear is a linear predictor (RFC 9639 9.2.6): the sum of coefficients times
// the samples before, shifted to the right.
type linear struct {
	coef  [linearOrder]int32 // for the sample just before first
	shift uint
}

// linearBits are those of a coefficient, with its sign.
const linearBits = 14

// taper gives the middle of a block its whole weight, and less to its ends, where
// it is cut off.
var taper = makeTaper()

// makeTaper makes a parabola of each outer quarter.
func makeTaper() *[flacBlock]float64 {
	var w [flacBlock]float64
	const edge = flacBlock / 4
	for i := range w {
		w[i] = 1
		if d := min(i, flacBlock-1-i); d < edge {
			far := float64(edge-d) / edge
			w[i] -= float64(far * far)
		}
	}
	return &w
}

// fitLinear finds the predictor that leaves the least energy behind, by
// autocorrelation and Levinson and Durbin's recursion. It is for whole blocks;
// ok is false where there is nothing to predict by.
//
// Every product is converted before it is added, so that no machine fuses the
// two: the same samples give the same predictor everywhere (Go specification,
// Floating-point operators).
func fitLinear(x []int32, l *linear) (ok bool) {
	if len(x) != flacBlock {
		return false
	}
	var r [linearOrder + 1]float64
	var b [flacBlock]float64
	for i, v := range x {
		b[i] = float64(v) * taper[i]
	}
	// All lags at once: one sum alone would wait for each addition.
	for i := range linearOrder {
		for lag := range i + 1 {
			r[lag] += float64(b[i] * b[i-lag])
		}
	}
	r0, r1, r2, r3, r4, r5, r6, r7, r8 := r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8]
	for i := linearOrder; i < len(b); i++ {
		p, v := b[i-linearOrder:i+1], b[i]
		_ = p[8]
		r0 += float64(v * v)
		r1 += float64(v * p[7])
		r2 += float64(v * p[6])
		r3 += float64(v * p[5])
		r4 += float64(v * p[4])
		r5 += float64(v * p[3])
		r6 += float64(v * p[2])
		r7 += float64(v * p[1])
		r8 += float64(v * p[0])
	}
	r = [...]float64{r0, r1, r2, r3, r4, r5, r6, r7, r8}

	var a, was [linearOrder]float64
	left := r[0] // energy
	for i := range linearOrder {
		if left <= 0 {
			return false
		}
		k := r[i+1]
		for j := range i {
			k -= float64(a[j] * r[i-j])
		}
		k /= left
		was = a
		a[i] = k
		for j := range i {
			a[j] -= float64(k * was[i-1-j])
		}
		left = float64(left * float64(1-float64(k*k)))
	}
	return l.quantize(&a)
}

// quantize makes whole numbers of coefficients. What each loses the next makes
// up for.
func (l *linear) quantize(a *[linearOrder]float64) bool {
	most := 0.0
	for _, v := range a {
		most = max(most, math.Abs(v))
	}
	if most == 0 || math.IsNaN(most) || math.IsInf(most, 0) {
		return false
	}
	_, exp := math.Frexp(most)
	shift := linearBits - 1 - exp
	if shift < 0 {
		return false
	}
	l.shift = uint(min(shift, 15))
	lost := 0.0
	for i, v := range a {
		lost += float64(v * float64(int(1)<<l.shift))
		q := min(max(math.RoundToEven(lost), -1<<(linearBits-1)), 1<<(linearBits-1)-1)
		l.coef[i] = int32(q)
		lost -= q
	}
	return true
}

// residual folds what the predictor leaves. It fails where that does not fit
// (RFC 9639 9.2.7.3).
func (l *linear) residual(out []uint32, x []int32) bool {
	c0, c1, c2, c3 := int64(l.coef[0]), int64(l.coef[1]), int64(l.coef[2]), int64(l.coef[3])
	c4, c5, c6, c7 := int64(l.coef[4]), int64(l.coef[5]), int64(l.coef[6]), int64(l.coef[7])
	large := int64(0)
	for i := linearOrder; i < len(x); i++ {
		p := x[i-linearOrder : i+1]
		_ = p[8]
		sum := c0*int64(p[7]) + c1*int64(p[6]) + c2*int64(p[5]) + c3*int64(p[4]) +
			c4*int64(p[3]) + c5*int64(p[2]) + c6*int64(p[1]) + c7*int64(p[0])
		d := int64(p[8]) - sum>>(l.shift&63)
		f := d<<1 ^ d>>63
		large |= f
		out[i] = uint32(f)
	}
	return uint64(large) < 1<<32-1
}
