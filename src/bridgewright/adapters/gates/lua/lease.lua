-- What an ask is granted: core/policy/shared.py says the same, and why.
--
-- KEYS  1 the scope's gate: a string, closed until   2 the account's meters: a hash of ticks
--       3 the account's workers: a sorted set by when each asked last
-- ARGV  1 worker  2 least  3 wanted  4 most  5 ahead  6 cold (0 or 1)
--       7 the longest that a gate is closed  8 how long a worker counts  9 the furthest booking
--       10 how long the meters are kept, in milliseconds
--       then for each meter: name, limit, interval, tolerance
-- All times are microseconds of this server's clock. Answers {closed, due, workers, units, offset, …}.

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local least, wanted, most = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local ahead, cold = tonumber(ARGV[5]), ARGV[6] == '1'
local longest, seen, furthest = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])

redis.call('ZADD', KEYS[3], string.format('%.0f', now), ARGV[1])
-- Those ahead of the clock were seen before it was set back.
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', string.format('(%.0f', now - seen))
redis.call('ZREMRANGEBYSCORE', KEYS[3], string.format('(%.0f', now + seen), '+inf')
redis.call('PEXPIRE', KEYS[3], math.ceil(seen / 1000))
local workers = redis.call('ZCARD', KEYS[3])

local closed = (tonumber(redis.call('GET', KEYS[1]) or '0') or 0) - now
if closed > 0 then
  return { math.min(closed, longest), 0, workers }
end

local count = (#ARGV - 10) / 4
if count == 0 then
  return { 0, 0, workers, most, 0 }
end

local names, limits, intervals, tolerances = {}, {}, {}, {}
for i = 1, count do
  local from = 10 + (i - 1) * 4
  names[i] = ARGV[from + 1]
  limits[i] = tonumber(ARGV[from + 2])
  intervals[i] = tonumber(ARGV[from + 3])
  tolerances[i] = tonumber(ARGV[from + 4])
end

local ticks = redis.call('HMGET', KEYS[2], unpack(names))
local at = now
for i = 1, count do
  local fresh = now + tolerances[i]
  local tick = tonumber(ticks[i] or '') or fresh
  tick = math.min(tick, fresh + furthest + limits[i] * intervals[i])
  if cold then
    tick = math.max(tick, fresh + intervals[i])
  end
  ticks[i] = tick
  at = math.max(at, tick + (math.min(least, limits[i]) - 1) * intervals[i] - tolerances[i])
end

local function keep()
  local written = {}
  for i = 1, count do
    written[2 * i - 1] = names[i]
    written[2 * i] = string.format('%.0f', ticks[i])
  end
  redis.call('HSET', KEYS[2], unpack(written))
  -- Another group of the account may have a quota of a longer window in the same hash.
  if redis.call('PTTL', KEYS[2]) < tonumber(ARGV[10]) then
    redis.call('PEXPIRE', KEYS[2], ARGV[10])
  end
end

if at - now > ahead then
  -- What was corrected is kept: from now on it comes nearer.
  keep()
  return { 0, at - now, workers }
end

for i = 1, count do
  ticks[i] = math.max(ticks[i], at) + math.min(least, limits[i]) * intervals[i]
end
local answer = { 0, 0, workers, least, at - now }
local last = 4
for number = least, most - 1 do
  for i = 1, count do
    at = math.max(at, ticks[i] - tolerances[i])
  end
  if at - now > (number < wanted and ahead or 0) then
    break
  end
  for i = 1, count do
    ticks[i] = math.max(ticks[i], at) + intervals[i]
  end
  if answer[last + 1] == at - now then
    answer[last] = answer[last] + 1
  else
    last = last + 2
    answer[last] = 1
    answer[last + 1] = at - now
  end
end

keep()
return answer
