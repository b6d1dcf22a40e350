-- wrk script: replay the request targets of the file in EP_TARGETS in order,
-- one line each; so N answered requests prove that the first N were asked.

-- With EP_PATH every target has that path instead of its own.
-- With EP_DELAY every connection waits that many ms before each request:
-- a fixed rate of connections * 1000 / EP_DELAY requests a second.

local targets = {}
local at = 0

if os.getenv("EP_DELAY") then
    function delay()
        return tonumber(os.getenv("EP_DELAY"))
    end
end

function init(args)
    local path = os.getenv("EP_PATH")
    for line in io.lines(os.getenv("EP_TARGETS")) do
        if path then
            line = path .. line:match("%?.*")
        end
        targets[#targets + 1] = "GET " .. line
            .. " HTTP/1.1\r\nHost: bench\r\n\r\n"
    end
end

function request()
    at = at + 1
    if at > #targets then
        at = 1
    end
    return targets[at]
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        "RESULT requests=%d duration=%d p50=%d p99=%d max=%d "
        .. "status=%d socket=%d\n",
        summary.requests, summary.duration, latency:percentile(50),
        latency:percentile(99), latency.max, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout))
end
