package byterange

// outcome has three values, so that an absent field never passes for one that
// holds.
type outcome uint8

const (
	absent outcome = iota // not sent, or to be ignored
	holds
	fails
)

func outcomeOf(ok bool) outcome {
	if ok {
		return holds
	}
	return fails
}

// RFC 9110 13.1.1.
func ifMatch(req *Request, sel *Selected) outcome {
	if req.IfMatch == nil {
		return absent
	}
	return outcomeOf(listNames(req.IfMatch, sel.ETag, strongEqual))
}

// RFC 9110 13.1.2.
func ifNoneMatch(req *Request, sel *Selected) outcome {
	if req.IfNoneMatch == nil {
		return absent
	}
	return outcomeOf(!listNames(req.IfNoneMatch, sel.ETag, weakEqual))
}

// RFC 9110 13.1.3. Dates that lie in the future count like any other.
func ifModifiedSince(req *Request, sel *Selected) outcome {
	date, ok := fieldDate(req.IfModifiedSince, sel)
	if !ok {
		return absent
	}
	return outcomeOf(sel.ModTime > date)
}

// RFC 9110 13.1.4.
func ifUnmodifiedSince(req *Request, sel *Selected) outcome {
	date, ok := fieldDate(req.IfUnmodifiedSince, sel)
	if !ok {
		return absent
	}
	return outcomeOf(sel.ModTime <= date)
}

// fieldDate is false when the field has no say: not sent, no valid date, or no
// date to hold it against.
func fieldDate(field []byte, sel *Selected) (int64, bool) {
	if field == nil || sel.ModTime == 0 {
		return 0, false
	}
	return ParseHTTPDate(field)
}

// RFC 9110 13.1.5. What is neither tag nor date fails: sending all is safe.
func ifRange(req *Request, sel *Selected) outcome {
	if req.IfRange == nil {
		return absent
	}
	v := trim(req.IfRange)
	if tag, rest, ok := cutTag(v); ok {
		return outcomeOf(len(rest) == 0 && strongEqual(tag, sel.ETag))
	}
	date, ok := fieldDate(v, sel)
	return outcomeOf(ok && sel.DateStrong && date == sel.ModTime)
}
