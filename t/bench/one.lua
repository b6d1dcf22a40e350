-- wrk script: one request again and again; EP_METHOD, EP_BODY and EP_AUTH
-- (a Basic user) shape it.

wrk.method = os.getenv("EP_METHOD") or "GET"
wrk.body = os.getenv("EP_BODY")
if wrk.body then
    wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
end
if os.getenv("EP_AUTH") then
    wrk.headers["Authorization"] = "Basic " .. os.getenv("EP_AUTH")
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
