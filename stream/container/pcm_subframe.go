package container

import mathbits "math/bits"

const (
	maxFixed      = 4  // order of the fixed predictors (RFC 9639 9.2.5)
	maxPartitions = 64 // of a block: runs of 64 samples
	maxRice       = 30 // 31 is the escape (RFC 9639 9.2.7)
)

// subframe is one channel of a block, and how it is best coded.
type subframe struct {
	x      []int32 // samples without the bits that all waste
	room   [flacBlock]int32
	bits   uint // of a sample, without the wasted ones
	wasted uint
	equal  bool // all samples

	order int    // of the best predictor
	guess uint64 // bits, without partitions

	kind   subframeKind
	fixed  coded
	linear coded
	fit    linear
	best   *coded // of the two
}

type subframeKind int

const (
	constant subframeKind = iota
	verbatim
	fixedPredicted
	linearPredicted
)

// coded is what a predictor leaves, and how that is coded.
type coded struct {
	residual   [flacBlock]uint32 // from order on, folded: 0, -1, 1, -2, ...
	order      int               // of the predictor
	partitions int               // log2 of their number
	rice       [maxPartitions]uint8
	cost       uint64 // bits
}

// fill takes channel c of interleaved samples of width bytes.
func (s *subframe) fill(raw []byte, c, channels, width, samples int) {
	s.x = s.room[:samples]
	step := channels * width
	raw = raw[c*width:]
	switch width {
	case 1:
		for i := range s.x {
			s.x[i] = int32(int8(raw[i*step]))
		}
	case 2:
		for i := range s.x {
			b := raw[i*step:]
			s.x[i] = int32(int16(uint16(b[0]) | uint16(b[1])<<8))
		}
	case 3:
		for i := range s.x {
			b := raw[i*step:]
			s.x[i] = int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24) >> 8
		}
	}
}

// measure finds what the samples waste, and the predictor that leaves the least
// behind. Samples are of size bits.
func (s *subframe) measure(size uint) {
	var any, differ int32
	for _, v := range s.x {
		any |= v
		differ |= v ^ s.x[0]
	}
	s.bits, s.wasted, s.order = size, 0, 0
	if s.equal = differ == 0; s.equal {
		s.guess = uint64(size)
		return
	}
	if s.wasted = uint(mathbits.TrailingZeros32(uint32(any))); s.wasted > 0 {
		s.bits -= s.wasted
		for i := range s.x {
			s.x[i] >>= s.wasted
		}
	}
	if len(s.x) <= maxFixed {
		s.guess = uint64(len(s.x)) * uint64(s.bits)
		return
	}
	// Differences of differences: each order's residual is the difference of the
	// one before. They are summed from the same sample on, to compare fairly.
	var sum [maxFixed + 1]uint64
	x := s.x
	d0 := x[3]
	d1 := d0 - x[2]
	d2 := d1 - (x[2] - x[1])
	d3 := d2 - (x[2] - 2*x[1] + x[0])
	for _, v := range x[maxFixed:] {
		e1 := v - d0
		e2 := e1 - d1
		e3 := e2 - d2
		e4 := e3 - d3
		sum[0] += abs(v)
		sum[1] += abs(e1)
		sum[2] += abs(e2)
		sum[3] += abs(e3)
		sum[4] += abs(e4)
		d0, d1, d2, d3 = v, e1, e2, e3
	}
	for o := range sum {
		if sum[o] < sum[s.order] {
			s.order = o
		}
	}
	n := uint64(len(x) - s.order)
	_, cost := riceOf(2*sum[s.order], n)
	s.guess = min(uint64(s.order)*uint64(s.bits)+cost, uint64(len(x))*uint64(s.bits))
}

func abs(v int32) uint64 {
	m := v >> 31
	return uint64(uint32((v ^ m) - m))
}

// riceOf is the best Rice parameter for n numbers of this sum, and at most how
// many bits they take with it.
func riceOf(sum, n uint64) (k uint8, cost uint64) {
	costOf := func(k uint64) uint64 { return n*(k+1) + sum>>k }
	// The cost has one minimum, and it is near the mean.
	near := uint64(0)
	if n > 0 && sum > n {
		near = min(uint64(mathbits.Len64(sum/n)), maxRice)
	}
	best := near
	for c := near - min(near, 2); c < near; c++ {
		if costOf(c) < costOf(best) {
			best = c
		}
	}
	return uint8(best), costOf(best)
}

// choose tries both kinds of predictors, and gives prediction up where neither
// gains anything.
func (s *subframe) choose() {
	if s.equal {
		s.kind = constant
		return
	}
	s.kind = verbatim
	n, size := len(s.x), uint64(s.bits)
	if n <= maxFixed {
		return
	}
	least := uint64(n) * size
	s.predict()
	s.fixed.order = s.order
	s.fixed.divide(n)
	if cost := uint64(s.order)*size + s.fixed.cost; cost < least {
		s.kind, s.best, least = fixedPredicted, &s.fixed, cost
	}
	if fitLinear(s.x, &s.fit) && s.fit.residual(s.linear.residual[:n], s.x) {
		s.linear.order = linearOrder
		s.linear.divide(n)
		if cost := linearOrder*(size+linearBits) + 9 + s.linear.cost; cost < least {
			s.kind, s.best = linearPredicted, &s.linear
		}
	}
}

// divide finds the partitions of the residual of n samples: as many as the block
// can be cut into, then halves are joined for as long as that gains.
func (c *coded) divide(n int) {
	order := min(mathbits.TrailingZeros(uint(n)), mathbits.Len(maxPartitions)-1)
	for order > 0 && n>>order <= c.order {
		order--
	}
	var sums [maxPartitions]uint64
	size := n >> order
	for i := range 1 << order {
		sum := uint64(0)
		for _, u := range c.residual[max(i*size, c.order) : (i+1)*size] {
			sum += uint64(u)
		}
		sums[i] = sum
	}
	c.cost = ^uint64(0)
	for ; order >= 0; order-- {
		var rice [maxPartitions]uint8
		cost, wide := uint64(6), false // method and order
		for i := range 1 << order {
			count := n >> order
			if i == 0 {
				count -= c.order
			}
			k, bits := riceOf(sums[i], uint64(count))
			rice[i], cost, wide = k, cost+bits+4, wide || k > 14
		}
		if wide {
			cost += 1 << order
		}
		if cost < c.cost {
			c.cost, c.partitions, c.rice = cost, order, rice
		}
		for i := range 1 << order / 2 {
			sums[i] = sums[2*i] + sums[2*i+1]
		}
	}
}

// predict folds the residual of the predictor (RFC 9639 9.2.5, 9.2.7.3).
func (s *subframe) predict() {
	x, out := s.x, s.fixed.residual[:len(s.x)]
	fold := func(v int32) uint32 { return uint32(v<<1) ^ uint32(v>>31) }
	switch s.order {
	case 0:
		for i, v := range x {
			out[i] = fold(v)
		}
	case 1:
		for i := 1; i < len(x); i++ {
			out[i] = fold(x[i] - x[i-1])
		}
	case 2:
		for i := 2; i < len(x); i++ {
			out[i] = fold(x[i] - 2*x[i-1] + x[i-2])
		}
	case 3:
		for i := 3; i < len(x); i++ {
			out[i] = fold(x[i] - 3*(x[i-1]-x[i-2]) - x[i-3])
		}
	case 4:
		for i := 4; i < len(x); i++ {
			out[i] = fold(x[i] - 4*(x[i-1]+x[i-3]) + 6*x[i-2] + x[i-4])
		}
	}
}

// write writes the subframe (RFC 9639 9.2).
func (s *subframe) write(o *bitWriter) {
	o.put([...]uint64{constant: 0, verbatim: 1, fixedPredicted: uint64(8 + s.order), linearPredicted: 32 + linearOrder - 1}[s.kind], 7) // behind a zero
	if s.wasted > 0 {
		o.put(1, 1)
		o.put(1, s.wasted)
	} else {
		o.put(0, 1)
	}
	plain := len(s.x) // how many samples stand as they are
	switch s.kind {
	case constant:
		plain = 1
	case fixedPredicted, linearPredicted:
		plain = s.best.order
	}
	for _, v := range s.x[:plain] {
		o.signed(v, s.bits)
	}
	if s.kind == linearPredicted {
		o.put(linearBits-1, 4)
		o.put(uint64(s.fit.shift), 5)
		for _, c := range s.fit.coef {
			o.signed(c, linearBits)
		}
	}
	if plain < len(s.x) && s.kind != constant {
		s.best.write(o, len(s.x))
	}
}

// write writes the residual of n samples (RFC 9639 9.2.7).
func (c *coded) write(o *bitWriter, n int) {
	method, size := uint64(0), uint(4)
	for _, k := range c.rice[:1<<c.partitions] {
		if k > 14 {
			method, size = 1, 5
		}
	}
	o.put(method, 2)
	o.put(uint64(c.partitions), 4)
	n >>= c.partitions
	for i, k := range c.rice[:1<<c.partitions] {
		o.put(uint64(k), size)
		o.rice(c.residual[max(i*n, c.order):(i+1)*n], uint(k))
	}
}
