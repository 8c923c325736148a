package edge

import (
	"time"

	"segue/stream/byterange"
)

func httpDate() []byte { return byterange.AppendHTTPDate(nil, time.Now().Unix()) }
