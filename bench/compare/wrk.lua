-- The requests are data: a file with "PATH RANGE ENCODING" in each line, "-" for none. They are put together
-- once; a request costs wrk one table look-up.
local requests = {}
local at = 0

function init(args)
  for line in io.lines(args[1]) do
    local path, range, encoding = line:match("^(%S+) (%S+) (%S+)$")
    local headers = {}
    if range ~= "-" then
      headers["Range"] = range
    end
    if encoding ~= "-" then
      headers["Accept-Encoding"] = encoding
    end
    requests[#requests + 1] = wrk.format("GET", path, headers)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency, all)
  local e = summary.errors
  io.write(string.format(
    "turn requests=%d bytes=%d us=%d connect=%d read=%d write=%d status=%d timeout=%d\n",
    summary.requests, summary.bytes, summary.duration, e.connect, e.read, e.write, e.status, e.timeout))
end
