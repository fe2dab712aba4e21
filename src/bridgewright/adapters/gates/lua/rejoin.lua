-- How long until everybody who was cut off goes back to leases: the same instant for all who ask
-- before it has come, so that nobody uses the whole limit while others still keep to their share.
--
-- KEYS  1 a string, when that is
-- ARGV  1 how long from now, for the first who asks
-- All times are microseconds of this server's clock.

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local longest = tonumber(ARGV[1])
local left = (tonumber(redis.call('GET', KEYS[1]) or '0') or 0) - now
if left > 0 and left <= longest then
  return left
end
redis.call('SET', KEYS[1], string.format('%.0f', now + longest), 'PX', math.ceil(longest / 1000))
return longest
