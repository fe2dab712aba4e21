-- Close a scope to everybody, for so long from now unless it is closed for longer.
--
-- KEYS  1 the scope's gate: a string, closed until
-- ARGV  1 for how long  2 the longest that a gate is closed
-- All times are microseconds of this server's clock.

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local longest = tonumber(ARGV[2])
local left = (tonumber(redis.call('GET', KEYS[1]) or '0') or 0) - now
left = math.min(math.max(left, tonumber(ARGV[1])), longest)
if left <= 0 then
  return 0
end
redis.call('SET', KEYS[1], string.format('%.0f', now + left), 'PX', math.ceil(left / 1000))
return left
