# ruff: noqa: E501  (a line for each function)
"""Functions of other people's packages, differentiated: prints the table of docs/other_code.md.

    python benchmarks/other_code.py [package ...]

*As it is*: without lifting.  *By itself*: plain dd.jvp, which lifts where the function raises.  *With help*: dd.lift(f,
packages=[...]) with the packages of the line.  An entry says yes where value and derivative are right: against differences
of the function as it is, extrapolated to step 0.  WRONG is a wrong number without an error; no names the error.  Packages that
are not installed are left out.
"""

import importlib
import sys
import warnings

import numpy as np

import dualdiff as dd

QUAKE = [round(0.3 * np.sin(0.9 * k) * np.exp(-0.05 * k) + 0.1 * np.cos(2.3 * k), 3) for k in range(40)]
FUNCTIONS = [
    # package, what, function of x (with the names that it needs imported), x, other packages to lift
    ("fluids", "Reynolds", "fluids.Reynolds(V=x, D=0.25, rho=1.1, mu=2e-5)", 2.5),
    ("fluids", "friction_factor", "fluids.friction_factor(Re=x, eD=1e-4)", 1e5),
    ("fluids", "Colebrook", "fluids.friction.Colebrook(x, 1e-4)", 1e5),
    ("fluids", "size_control_valve_l", "fluids.control_valve.size_control_valve_l(rho=965.4, Psat=70.1e3, Pc=22120e3, mu=3.1e-4, P1=x, P2=220e3, Q=0.1)", 680e3),
    ("fluids", "ATMOSPHERE_1976", "fluids.ATMOSPHERE_1976(x).rho", 5000.0),
    ("chemicals", "Wagner", "chemicals.vapor_pressure.Wagner(x, 190.53, 4596420., -6.00435, 1.1885, -0.834082, -1.22833)", 100.0),
    ("chemicals", "Lucas_gas", "chemicals.viscosity.Lucas_gas(T=x, Tc=512.6, Pc=80.9e5, Zc=0.224, MW=32.042, dipole=1.7)", 550.0),
    ("chemicals", "flash_inner_loop", "chemicals.rachford_rice.flash_inner_loop([0.4, 0.3, 0.3], [x, 2.2, 0.4])[0]", 1.8, "fluids"),
    ("chemicals", "iapws95_rho", "chemicals.iapws.iapws95_rho(x, 1e6)", 330.0, "fluids"),
    ("ht", "turbulent_Gnielinski", "ht.conv_internal.turbulent_Gnielinski(Re=x, Pr=1.2, fd=0.0185)", 1e5),
    ("ht", "effectiveness_from_NTU", "ht.hx.effectiveness_from_NTU(NTU=x, Cr=0.75, subtype='counterflow')", 2.0),
    ("ht", "LMTD", "ht.LMTD(x, 60.0, 30.0, 40.2)", 100.0),
    ("thermo", "PR(...).V_l", "thermo.PR(Tc=507.6, Pc=3025000.0, omega=0.2975, T=x, P=1e6).V_l", 299.0, "chemicals fluids"),
    ("thermo", "Wilson_gammas", "thermo.wilson.Wilson_gammas([x, 0.6], [[1.0, 0.8], [0.5, 1.0]])[0]", 0.4),
    ("iapws", "_Region1", "iapws.iapws97._Region1(x, 3.0)['h']", 300.0),
    ("iapws", "IAPWS97.h", "iapws.IAPWS97(T=x, P=3.0).h", 400.0),
    ("ambiance", "Atmosphere.density", "ambiance.Atmosphere(x).density", 5000.0),
    ("numpy_financial", "pmt", "numpy_financial.pmt(x, 60, 15000.0)", 0.005),
    ("numpy_financial", "irr", "numpy_financial.irr([-100.0, x, 59.0, 55.0, 20.0])", 39.0),
    ("transforms3d", "euler2mat", "transforms3d.euler.euler2mat(x, 0.2, 0.3)", 0.4),
    ("transforms3d", "axangle2quat", "transforms3d.quaternions.axangle2quat([1.0, 2.0, 3.0], x)", 0.4),
    ("pyquaternion", "Quaternion.rotate", "pyquaternion.Quaternion(axis=[1.0, 0.0, 0.0], angle=x).rotate([0.0, 1.0, 2.0])[1]", 0.4),
    ("pymap3d", "geodetic2ecef", "pymap3d.geodetic2ecef(x, -82.0, 200.0)[0]", 42.0),
    ("pymap3d", "ecef2geodetic", "pymap3d.ecef2geodetic(x, -4750767.0, 4246787.0)[0]", 660e3),
    ("seawater", "dens", "seawater.dens(35.0, x, 100.0)", 10.0),
    ("psychrolib", "GetSatVapPres", "psychrolib_si.GetSatVapPres(x)", 20.0),
    ("geographiclib", "Geodesic.Inverse", "geographiclib.geodesic.Geodesic.WGS84.Inverse(x, 174.81, 40.96, -5.50)['s12']", -41.32),
    ("pvlib", "get_relative_airmass", "pvlib.atmosphere.get_relative_airmass(x)", 60.0),
    ("opfunu", "Ackley01", "opfunu.get_functions_by_classname('Ackley01')[0](ndim=2).evaluate(np.array([0.3, 0.4]) * x)", 1.1),
    ("nvector", "lat_lon2n_E", "nvector.lat_lon2n_E(x, 0.3)[0]", 0.4),
    ("sgp4", "propagation.sgp4", "SGP4(x)", 10.0),
    ("filterpy", "KalmanFilter", "KALMAN(x)", 0.4),
    # ---- not named before
    ("haversine", "haversine", "haversine.haversine((x, 2.35), (51.5, -0.12))", 48.85),
    ("haversine", "inverse_haversine", "haversine.inverse_haversine((x, 2.35), 10.0, 0.5)[1]", 48.85),
    ("geopy", "great_circle.km", "geopy.distance.great_circle((x, 2.35), (51.5, -0.12)).km", 48.85),
    ("geopy", "geodesic.km", "geopy.distance.geodesic((x, 2.35), (51.5, -0.12)).km", 48.85, "geographiclib"),
    ("utm", "from_latlon", "utm.from_latlon(x, 7.5)[1]", 51.2),
    ("utm", "to_latlon", "utm.to_latlon(x, 5710000.0, 32, 'U')[0]", 340000.0),
    ("astral", "julianday solar declination", "astral.sun.sun_declination(x)", 0.22),
    ("astral", "eq_of_time", "astral.sun.eq_of_time(x)", 0.22),
    ("pygeomag", "GeoMag.calculate", "GEOMAG.calculate(glat=x, glon=10.0, alt=0.0, time=2025.5).f", 47.0),
    ("colormath", "Lab to XYZ", "colormath.color_conversions.convert_color(colormath.color_objects.LabColor(x, 10.0, 20.0), colormath.color_objects.XYZColor).xyz_x", 50.0),
    ("colorspacious", "cspace_convert", "colorspacious.cspace_convert([x, 0.4, 0.3], 'sRGB1', 'CIELab')[0]", 0.5),
    ("colorspacious", "deltaE", "colorspacious.deltaE([x, 0.4, 0.3], [0.1, 0.2, 0.3], input_space='sRGB1')", 0.5),
    ("coloraide", "Color.convert", "coloraide.Color('srgb', [x, 0.4, 0.3]).convert('lab')['lightness']", 0.5),
    ("coloraide", "Color.delta_e 2000", "coloraide.Color('srgb', [x, 0.4, 0.3]).delta_e('red', method='2000')", 0.5),
    ("colour", "XYZ_to_Lab", "colour.XYZ_to_Lab([x, 0.12, 0.05])[1]", 0.2),
    ("colour", "delta_E_CIE2000", "colour.difference.delta_E_CIE2000([x, 20.0, 30.0], [50.0, 21.0, 35.0])", 48.0),
    ("miepython", "efficiencies", "miepython.efficiencies_mx(1.5, x)[1] if hasattr(miepython, 'efficiencies_mx') else miepython.mie(1.5, x)[1]", 2.0),
    ("tmm", "coh_tmm", "tmm.coh_tmm('s', [1.0, 2.2, 1.5], [float('inf'), x, float('inf')], 0.1, 500.0)['R']", 100.0),
    ("lmfit", "lineshapes.gaussian", "lmfit.lineshapes.gaussian(x, 1.0, 0.5, 0.3)", 0.7),
    ("lmfit", "lineshapes.pearson7", "lmfit.lineshapes.pearson7(x, 1.0, 0.5, 0.3, 1.5)", 0.7),
    ("lmfit", "lineshapes.doniach", "lmfit.lineshapes.doniach(x, 1.0, 0.5, 0.3, 0.1)", 0.7),
    ("hydroeval", "nse", "hydroeval.nse(np.array([1.0, 2.0, 3.0]) * x, np.array([1.1, 1.9, 3.2]))", 1.05),
    ("hydroeval", "kge", "hydroeval.kge(np.array([1.0, 2.0, 3.5]) * x, np.array([1.1, 1.9, 3.2]))[0][0]", 1.05),
    ("deap", "benchmarks.ackley", "deap.benchmarks.ackley([x, 0.4])[0]", 0.3),
    ("deap", "benchmarks.schwefel", "deap.benchmarks.schwefel([x, 40.0])[0]", 30.0),
    ("deap", "benchmarks.griewank", "deap.benchmarks.griewank([x, 0.4])[0]", 0.3),
    ("pyrr", "quaternion.create_from_axis_rotation", "pyrr.quaternion.create_from_axis_rotation([0.0, 0.0, 1.0], x)", 0.4),
    ("pyrr", "matrix33.create_from_eulers", "pyrr.matrix33.create_from_eulers([x, 0.2, 0.3])", 0.4),
    ("pyrr", "vector3.normalize", "pyrr.vector.normalize(np.array([x, 2.0, 3.0]))", 1.0),
    ("vector", "obj(...).mass", "vector.obj(px=x, py=2.0, pz=3.0, E=10.0).mass", 1.0),
    ("vector", "obj(...).eta", "vector.obj(px=x, py=2.0, pz=3.0).eta", 1.0),
    ("vector", "boost", "vector.obj(px=1.0, py=2.0, pz=3.0, E=10.0).boostX(beta=x).E", 0.3),
    ("rowan", "from_axis_angle", "rowan.from_axis_angle([1.0, 0.0, 0.0], x)", 0.4),
    ("rowan", "rotate", "rowan.rotate(rowan.from_euler(x, 0.2, 0.3), [1.0, 2.0, 3.0])", 0.4),
    ("ikpy", "URDF-free rotation", "ikpy.utils.geometry.rotation_matrix(x, 0.2, 0.3)", 0.4),
    ("meteocalc", "heat_index", "float_of(meteocalc.heat_index(temperature=meteocalc.Temp(x, 'f'), humidity=60.0))", 95.0),
    ("meteocalc", "dew_point", "float_of(meteocalc.dew_point(temperature=x, humidity=56.0))", 20.0),
    ("pythermalcomfort", "utilities.p_sat", "pythermalcomfort.utilities.p_sat_torr(x)", 25.0),
    ("pythermalcomfort", "utilities.dew_point_tmp", "pythermalcomfort.utilities.dew_point_tmp(x, 50.0)", 25.0),
    ("pyXSteam", "h_pt", "STEAM.h_pt(10.0, x)", 120.0),
    ("pyXSteam", "psat_t", "STEAM.psat_t(x)", 120.0),
    ("mibian", "BS.callPrice", "mibian.BS([x, 105.0, 1.0, 30.0], volatility=20.0).callPrice", 100.0),
    ("pytransform3d", "matrix_from_axis_angle", "pytransform3d.rotations.matrix_from_axis_angle([1.0, 0.0, 0.0, x])", 0.4),
    ("pytransform3d", "quaternion_slerp", "pytransform3d.rotations.quaternion_slerp(np.array([1.0, 0.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0, 0.0]), x)", 0.4),
    ("pytransform3d", "matrix_from_euler", "pytransform3d.rotations.matrix_from_euler([x, 0.2, 0.3], 0, 1, 2, True)", 0.4),
    ("skyfield", "to_spherical", "skyfield.functions.to_spherical(np.array([x, 2.0, 3.0]))[1]", 1.0),
    ("skyfield", "nutationlib.mean_obliquity", "skyfield.nutationlib.mean_obliquity(x)", 2459000.5),
    ("trimesh", "transformations.rotation_matrix", "trimesh.transformations.rotation_matrix(x, [1.0, 0.0, 0.0])", 0.4),
    ("trimesh", "transformations.euler_matrix", "trimesh.transformations.euler_matrix(x, 0.2, 0.3)", 0.4),
    ("trimesh", "transformations.quaternion_slerp", "trimesh.transformations.quaternion_slerp([1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], x)", 0.4),
    ("skfuzzy", "gaussmf", "skfuzzy.gaussmf(np.array([x, 0.2]), 0.5, 0.3)", 0.4),
    ("skfuzzy", "trapmf", "skfuzzy.trapmf(np.array([x, 0.2]), [0.0, 0.5, 0.6, 1.0])", 0.4),
    ("platypus", "DTLZ2", "PLATYPUS(x)", 0.4),
    ("pyorbital", "astronomy.sun_zenith_angle", "pyorbital.astronomy.cos_zen(np.datetime64('2021-06-01T12:00'), x, 45.0)", 10.0),
    ("gstools", "Gaussian.variogram", "gstools.Gaussian(dim=2, var=1.0, len_scale=5.0).variogram(np.array([x, 2.0]))", 1.5),
    ("gstools", "Exponential.covariance", "gstools.Exponential(dim=2, var=2.0, len_scale=5.0).covariance(np.array([x, 2.0]))", 1.5),
    ("pyswarms", "single_obj.rosenbrock", "pyswarms.utils.functions.single_obj.rosenbrock(np.array([[0.3, 0.4]]) * x)[0]", 1.1),
    ("pyswarms", "single_obj.ackley", "pyswarms.utils.functions.single_obj.ackley(np.array([[0.3, 0.4]]) * x)[0]", 1.1),
    ("benchmark_functions", "Rastrigin", "benchmark_functions.Rastrigin(n_dimensions=2)([x, 0.4])", 0.3),
    ("benchmark_functions", "Hypersphere", "benchmark_functions.Hypersphere(n_dimensions=2)([x, 0.4])", 0.3),
    # ---- a third round, none of it looked at before
    ("pygeodesy", "LatLon.distanceTo (Vincenty)", "pygeodesy.ellipsoidalVincenty.LatLon(x, 2.0).distanceTo(pygeodesy.ellipsoidalVincenty.LatLon(50.0, 5.0))", 48.0),
    ("pygeodesy", "haversine", "pygeodesy.haversine(x, 2.0, 50.0, 5.0)", 48.0),
    ("pygeodesy", "toUtm", "pygeodesy.toUtm8(x, 7.5).northing", 51.2),
    ("pygeodesy", "toLcc", "pygeodesy.toLcc(pygeodesy.ellipsoidalVincenty.LatLon(x, 0.5)).northing", 46.5),
    ("pygeodesy", "EcefKarney.forward", "pygeodesy.EcefKarney(pygeodesy.Datums.WGS84).forward(x, 2.0, 100.0).x", 48.0),
    ("geomdl", "BSpline.Curve.evaluate_single", "CURVE(x)", 0.4),
    ("geomdl", "NURBS curve, moved control point", "NURBS(x)", 1.5),
    ("pymeeus", "equatorial2horizontal", "MEEUS(x)", 40.0),
    ("pymeeus", "kepler_equation", "pymeeus.Coordinates.kepler_equation(x, pymeeus.Angle.Angle(5.0))[0].rad()", 0.1),
    ("pymeeus", "velocity_perihelion", "pymeeus.Coordinates.velocity_perihelion(x, 17.9)", 0.6),
    ("svgpathtools", "CubicBezier.point", "svgpathtools.CubicBezier(0 + 0j, 1 + x * 1j, 2 + 2j, 3 + 0j).point(0.3).imag", 1.5),
    ("svgpathtools", "CubicBezier.curvature", "svgpathtools.CubicBezier(0 + 0j, 1 + x * 1j, 2 + 2j, 3 + 0j).curvature(0.3)", 1.5),
    ("blackscholes", "BlackScholesCall.price", "blackscholes.BlackScholesCall(S=x, K=50.0, T=1.0, r=0.0025, sigma=0.15).price()", 55.0),
    ("blackscholes", "Black76Call.delta", "blackscholes.Black76Call(F=x, K=50.0, T=1.0, r=0.0025, sigma=0.15).delta()", 55.0),
    ("blackscholes", "BlackScholesPut.gamma", "blackscholes.BlackScholesPut(S=55.0, K=50.0, T=1.0, r=0.0025, sigma=x).gamma()", 0.15),
    ("vincenty", "vincenty", "vincenty.vincenty((x, -71.06), (40.72, -74.0))", 42.35),
    ("splines", "CatmullRom.evaluate", "splines.CatmullRom([(0.0, 0.0), (1.0, x), (2.0, 1.0), (3.0, 0.0)]).evaluate(1.3)[1]", 1.7),
    ("splines", "quaternion.slerp", "splines.quaternion.slerp(splines.quaternion.UnitQuaternion.from_unit_xyzw((0.0, 0.0, 0.0, 1.0)), splines.quaternion.UnitQuaternion.exp_map((0.1, 0.2, 0.3)), x).xyzw[0]", 0.4),
    ("pyransac3d", "aux.rodrigues_rot", "pyransac3d.aux_functions.rodrigues_rot(np.array([[x, 2.0, 3.0]]), np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0]))[0]", 1.5),
    ("suncalc", "azimuth", "suncalc.suncalc.azimuth(x, 0.8, 0.3)", 0.4),
    ("suncalc", "astro_refraction", "suncalc.suncalc.astro_refraction(x)", 0.2),
    ("suncalc", "sun_coords", "suncalc.suncalc.sun_coords(x)['dec']", 4000.3),
    ("bezier", "Curve.evaluate", "bezier.Curve(np.array([[0.0, 0.5, 1.0], [0.0, x, 0.0]]), degree=2).evaluate(0.3)[1, 0]", 1.5),
    ("spatialmath", "rotx", "spatialmath.base.rotx(x)", 0.4),
    ("spatialmath", "rpy2r", "spatialmath.base.rpy2r(x, 0.2, 0.3)", 0.4),
    ("spatialmath", "SE3.Rx * SE3.Tx", "(spatialmath.SE3.Rx(x) * spatialmath.SE3.Tx(1.0)).A", 0.4),
    ("spatialmath", "trexp", "spatialmath.base.trexp(np.array([1.0, 2.0, 3.0, x, 0.2, 0.3]))", 0.4),
    ("windpowerlib", "wind_speed.logarithmic_profile", "windpowerlib.wind_speed.logarithmic_profile(x, 10.0, 100.0, 0.15)", 5.0),
    ("windpowerlib", "temperature.linear_gradient", "windpowerlib.temperature.linear_gradient(x, 2.0, 100.0)", 290.0),
    ("windpowerlib", "density.barometric", "windpowerlib.density.barometric(x, 10.0, 100.0, 280.0)", 101125.0),
    ("PyAstronomy", "pyasl.planck", "PyAstronomy.pyasl.planck(x, lam=1e-6)", 5000.0),
    ("PyAstronomy", "pyasl.airtovac2", "PyAstronomy.pyasl.airtovac2(x)", 5000.0),
    ("PyAstronomy", "pyasl.lambertPhaseFunction", "PyAstronomy.pyasl.lambertPhaseFunction(x)", 40.0),
    ("PyAstronomy", "KeplerEllipse.xyzPos", "PyAstronomy.pyasl.KeplerEllipse(1.3, 2.0, e=0.3, Omega=20.0, w=30.0, i=40.0).xyzPos(x)", 0.4),
    ("skrf", "s2z", "skrf.network.s2z(np.array([[[x, 0.2], [0.3, 0.4]]]), 50.0)[0, 0, 0].real", 0.4),
    ("skrf", "tlineFunctions.zl_2_Gamma0", "skrf.tlineFunctions.zl_2_Gamma0(50.0, x).real", 75.0),
    ("orbital", "eccentric_anomaly_from_mean", "orbital.utilities.eccentric_anomaly_from_mean(x, 0.5)", 0.3),
    ("orbital", "elements_from_state_vector", "orbital.utilities.elements_from_state_vector(orbital.utilities.Position(x, 1e6, 2e5), orbital.utilities.Velocity(100.0, 7500.0, 900.0), orbital.earth.mu).a", 7e6),
    ("isacalc", "Atmosphere.calculate", "isacalc.Atmosphere().calculate(x)[1]", 5000.0),
    ("py_vollib", "black.implied_volatility", "py_vollib.black.implied_volatility.implied_volatility(x, 100.0, 100.0, 0.02, 0.5, 'c')", 5.6),
    ("py_vollib", "black_scholes delta", "py_vollib.black_scholes.greeks.analytical.delta('c', x, 40.0, 0.5, 0.01, 0.2)", 49.0),
    ("refet", "calcs.sat_vapor_pressure", "refet.calcs.sat_vapor_pressure(np.array([x, 20.0]))", 15.0),
    ("refet", "calcs.ra_daily", "refet.calcs.ra_daily(np.array([x]), 180)", 0.7),
    ("pysolar", "solar.get_declination", "pysolar.solar.get_declination(x)", 100.0),
    ("pysolar", "radiation.get_air_mass_ratio", "pysolar.radiation.get_air_mass_ratio(x)", 40.0),
    ("ahrs", "Quaternion.product", "ahrs.common.orientation.q_prod([1.0, x, 0.2, 0.3], [0.5, 0.1, 0.2, 0.3])", 0.4),
    ("ahrs", "acc2q", "ahrs.common.orientation.acc2q(np.array([x, 0.2, 9.7]))", 0.4),
    ("uncertainties", "ufloat arithmetic", "(uncertainties.ufloat(x, 0.1) ** 2 + uncertainties.umath.sin(uncertainties.ufloat(x, 0.1))).nominal_value", 0.7),
    ("hankel", "HankelTransform.transform", "hankel.HankelTransform(nu=0, N=120, h=0.03).transform(lambda r: np.exp(-x * r), 1.0, ret_err=False)", 1.1),
    ("emcee", "autocorr.function_1d", "emcee.autocorr.function_1d(np.array([x, 2.0, 0.5, 1.0, 3.0, 0.1]))", 1.2),
    ("asteval", "Interpreter", "ASTEVAL(x)", 0.7),
    ("pykalman", "KalmanFilter.filter", "pykalman.KalmanFilter(transition_matrices=[[1.0, 1.0], [0.0, 1.0]], observation_matrices=[[0.1, 0.5]]).filter(np.array([[x], [1.0], [2.0]]))[0]", 0.7),
    ("mpmath", "bisection of plain floats", "mpmath.fp.quad(lambda t: t * t * x, [0.0, 1.0])", 0.7),
    ("networkx", "pagerank of a weighted graph", "RANK(x)", 0.7),
    ("sympy", "lambdify with math", "LAMBDIFIED(x)", 0.7),
    # ---- a fourth round, chosen before it was tried; x may be an array
    ("control", "mag2db", "control.mag2db(x)", 2.0),
    ("control", "tf(...)(s)", "abs(control.tf([1.0], [1.0, x, 2.0])(1.0j))", 0.7),
    ("control", "ss(...).dcgain", "control.ss([[0.0, 1.0], [-x, -1.0]], [[0.0], [1.0]], [[1.0, 0.0]], [[0.0]]).dcgain()", 2.0),
    ("prysm", "thinlens.object_to_image_dist", "prysm.thinlens.object_to_image_dist(x, -120.0)", 50.0),
    ("prysm", "coordinates.cart_to_polar", "prysm.coordinates.cart_to_polar(x[0], x[1])[1]", [0.5, 0.7]),
    ("prysm", "refractive.sellmeier", "prysm.refractive.sellmeier(x, [1.0396, 0.2318, 1.0105], [0.0060, 0.0200, 103.56])", 0.55),
    ("ase", "eos.birchmurnaghan", "ase.eos.birchmurnaghan(x, -3.7, 0.5, 4.0, 16.0)", 15.0),
    ("ase", "LennardJones energy", "LJ(x)", [1.1, 0.1, 0.2]),
    ("ase", "Cell.fromcellpar.volume", "ase.cell.Cell.fromcellpar([x, 4.0, 5.0, 90.0, 80.0, 70.0]).volume", 3.0),
    ("ase", "HarmonicThermo.get_helmholtz_energy", "ase.thermochemistry.HarmonicThermo([0.01, 0.02]).get_helmholtz_energy(x, verbose=False)", 300.0),
    ("periodictable", "nsf.neutron_wavelength", "periodictable.nsf.neutron_wavelength(x)", 25.0),
    ("periodictable", "neutron_sld", "periodictable.neutron_sld('SiO2', density=x, wavelength=4.75)[0]", 2.2),
    ("periodictable", "xsf.xray_sld", "periodictable.xsf.xray_sld('SiO2', density=2.2, energy=x)[0]", 8.0),
    ("chempy", "water_density", "chempy.properties.water_density_tanaka_2001.water_density(x)", 290.0),
    ("chempy", "sulfuric_acid_density", "chempy.properties.sulfuric_acid_density_myhre_1998.sulfuric_acid_density(x, 290.0)", 0.3),
    ("chempy", "electrolytes.A", "chempy.electrolytes.A(80.0, x, 998.0)", 293.0),
    ("colossus", "Cosmology.Ez", "COSMO().Ez(x)", 0.5),
    ("colossus", "Cosmology.comovingDistance", "COSMO().comovingDistance(z_max=x)", 0.5),
    ("colossus", "NFWProfile.density", "NFW().density(x)", 50.0),
    ("navpy", "lla2ecef", "navpy.lla2ecef(x, 12.0, 100.0)", 45.0),
    ("navpy", "angle2dcm", "navpy.angle2dcm(x, 0.2, 0.3)", 0.4),
    ("navpy", "ecef2lla", "navpy.ecef2lla([x, 0.9e6, 4.4e6])[0]", 4400000.0),
    ("ppigrf", "igrf", "ppigrf.igrf(5.0, x, 0.0, DATE)[0]", 60.0),
    ("s2sphere", "LatLng.get_distance", "s2sphere.LatLng.from_degrees(x, 3.0).get_distance(s2sphere.LatLng.from_degrees(50.0, 5.0)).radians", 48.0),
    ("s2sphere", "LatLng.to_point", "s2sphere.LatLng.from_degrees(x, 3.0).to_point()[2]", 48.0),
    ("turfpy", "measurement.bearing", "turfpy.measurement.bearing(PT([x, 48.0]), PT([3.0, 50.0]))", 2.0),
    ("turfpy", "measurement.rhumb_bearing", "turfpy.measurement.rhumb_bearing(PT([x, 48.0]), PT([3.0, 50.0]))", 2.0),
    ("turfpy", "measurement.destination", "turfpy.measurement.destination(PT([2.0, 48.0]), x, 30.0)['geometry']['coordinates'][0]", 100.0),
    ("mercantile", "xy", "mercantile.xy(10.0, x)[1]", 48.0),
    ("mercantile", "lnglat", "mercantile.lnglat(1e6, x).lat", 6000000.0),
    ("SALib", "Ishigami.evaluate", "SALib.test_functions.Ishigami.evaluate(x)", [[0.3, 0.4, 0.5]]),
    ("SALib", "Sobol_G.evaluate", "SALib.test_functions.Sobol_G.evaluate(x, np.array([0.0, 1.0, 4.5]))", [[0.3, 0.4, 0.6]]),
    ("pint", "degC to degF", "UREG.Quantity(x, 'degC').to('degF').magnitude", 20.0),
    ("pint", "(Q/Q).to(km/h)**2", "((UREG.Quantity(x, 'm') / UREG.Quantity(2.0, 's')).to('km/h') ** 2).magnitude", 3.0),
    ("cma", "ff.rosen", "cma.ff.rosen(x)", [0.3, 0.4, 0.5]),
    ("cma", "ff.griewank", "cma.ff.griewank(x)", [0.3, 0.4, 0.5]),
    ("niapy", "Griewank.evaluate", "niapy.problems.Griewank(dimension=3).evaluate(x)", [0.3, 0.4, 0.5]),
    ("niapy", "Levy.evaluate", "niapy.problems.Levy(dimension=3).evaluate(x)", [0.3, 0.4, 0.5]),
    ("thermofeel", "calculate_heat_index_simplified", "thermofeel.calculate_heat_index_simplified(x, np.array([70.0]))", [305.0]),
    ("thermofeel", "calculate_wbt", "thermofeel.calculate_wbt(x, 60.0)", 300.0),
    ("thermofeel", "calculate_utci", "thermofeel.calculate_utci(x, 3.0, 305.0, 60.0)", 300.0),
    ("HydroErr", "nse", "HydroErr.nse(x, np.array([1.1, 1.9, 3.2]))", [1.0, 2.0, 3.0]),
    ("HydroErr", "kge_2012", "HydroErr.kge_2012(x, np.array([1.1, 1.9, 3.2]))", [1.0, 2.0, 3.0]),
    ("pylorentz", "Momentum4.m", "pylorentz.Momentum4(x, 1.0, 2.0, 3.0).m", 10.0),
    ("vg", "angle", "vg.angle(x, np.array([0.3, 1.0, 0.2]))", [1.0, 0.2, 0.4]),
    ("vg", "rotate", "vg.rotate(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.0, 1.0]), x)", 30.0),
    ("skspatial", "Line.distance_point", "skspatial.objects.Line([0, 0, 0], [1, 1, 0]).distance_point(x)", [1.0, 0.3, 0.4]),
    ("skspatial", "Vector.angle_between", "skspatial.objects.Vector([1.0, x, 0.0]).angle_between([1.0, 0.0, 0.2])", 0.7),
    ("pysabr", "lognormal_vol", "pysabr.hagan_2002_lognormal_sabr.lognormal_vol(x, 0.03, 1.0, 0.02, 0.5, 0.1, 0.4)", 0.025),
    ("nelson_siegel_svensson", "NelsonSiegelCurve", "nelson_siegel_svensson.NelsonSiegelCurve(0.028, -0.03, -0.04, x)(2.0)", 1.1),
    ("mir_eval", "melody.hz2cents", "mir_eval.melody.hz2cents(x)", [440.0, 220.0]),
    ("similaritymeasures", "frechet_dist", "similaritymeasures.frechet_dist(x, np.array([[0.0, 0.1], [1.0, 1.25], [2.0, 0.3]]))", [[0.0, 0.0], [1.0, 1.0], [2.0, 0.5]]),
    ("similaritymeasures", "area_between_two_curves", "similaritymeasures.area_between_two_curves(x, np.array([[0.0, 0.1], [1.0, 1.2], [2.0, 0.3]]))", [[0.0, 0.0], [1.0, 1.0], [2.0, 0.5]]),
    ("orbit_predictor", "angles.ta_to_M", "orbit_predictor.angles.ta_to_M(x, 0.3)", 0.7),
    ("orbit_predictor", "angles.M_to_E", "orbit_predictor.angles.M_to_E(x, 0.3)", 0.7),
    ("orbit_predictor", "coordinate_systems.ecef_to_llh", "orbit_predictor.coordinate_systems.ecef_to_llh((x, 900.0, 4400.0))", 4400.0),
    ("beyond", "Kepler to Cartesian", "ORBIT(x)", [7000000.0, 0.1, 0.5, 0.3, 0.2, 0.6]),
    ("hsluv", "hsluv_to_rgb", "hsluv.hsluv_to_rgb([x, 60.0, 50.0])[1]", 40.0),
    ("hsluv", "rgb_to_hsluv", "hsluv.rgb_to_hsluv([x, 0.3, 0.4])[0]", 0.5),
    ("cirq", "unitary(rx)", "np.abs(cirq.unitary(cirq.rx(x))[0, 1])", 0.7),
    ("cirq", "final_state_vector", "np.abs(cirq.Circuit(cirq.ry(x)(cirq.LineQubit(0))).final_state_vector(dtype=np.complex128)[0])", 0.7),
    ("unyt", "unyt_quantity.to", "float_of_unyt(unyt.unyt_quantity(x, 'km').to('mile'))", 3.0),
    ("transformations", "euler_matrix_py", "transformations.euler_matrix_py(x, 0.2, 0.3)", 0.4),
    ("transformations", "superimposition_matrix", "transformations.superimposition_matrix(np.array([[1.0, 0, 0, 1.0], [0, 1.0, 0, 1.0], [0, 0, 1.0, 2.0]]), x)", [[1.0, 0.1, 0.2, 1.0], [0.1, 1.3, 0.0, 1.0], [0.0, 0.2, 1.0, 2.0]]),
    ("Pynite", "cantilever deflection", "BEAM(x)", 10.0),
    ("anastruct", "beam bending moment", "FRAME(x)", 10.0),
    ("pyromat", "ig.N2 cp", "N2.cp(T=x)", 400.0),
    ("statsmodels", "eval_measures.rmse", "statsmodels.tools.eval_measures.rmse(x, np.array([1.1, 1.9, 3.2]))", [1.0, 2.0, 3.0]),
    ("statsmodels", "OLS params", "statsmodels.api.OLS(x, np.array([[1.0, 0.1], [1.0, 0.5], [1.0, 0.7]])).fit().params", [1.0, 2.0, 3.0]),
    ("pyloudnorm", "normalize.peak", "pyloudnorm.normalize.peak(x, -1.0)", [0.1, 0.3, -0.2]),
    ("pymoo", "ackley", "pymoo.problems.get_problem('ackley', n_var=3).evaluate(x)", [0.3, 0.4, 0.5]),
    ("pymoo", "zdt1", "pymoo.problems.get_problem('zdt1', n_var=3).evaluate(x)", [0.3, 0.4, 0.5]),
    # ---- a fifth round, chosen before it was tried; x may be an array
    ("typhon", "physics.planck", "typhon.physics.planck(x, 250.0)*1e18", 1000000000000.0),
    ("typhon", "physics.e_eq_water_mk", "typhon.physics.e_eq_water_mk(x)", 280.0),
    ("typhon", "physics.moist_lapse_rate", "typhon.physics.moist_lapse_rate(9e4, x)", 280.0),
    ("empyrical", "sharpe_ratio", "empyrical.sharpe_ratio(x)", [0.01, -0.02, 0.03, 0.005]),
    ("empyrical", "max_drawdown", "empyrical.max_drawdown(x)", [0.01, -0.02, 0.03, -0.05]),
    ("empyrical", "sortino_ratio", "empyrical.sortino_ratio(x)", [0.01, -0.02, 0.03, -0.05]),
    ("properscoring", "crps_gaussian", "properscoring.crps_gaussian(0.3, x, 0.7)", 0.4),
    ("properscoring", "crps_ensemble", "properscoring.crps_ensemble(0.35, x)", [0.1, 0.5, 0.3]),
    ("gpxpy", "geo.haversine_distance", "gpxpy.geo.haversine_distance(x, 2.0, 50.0, 5.0)", 48.0),
    ("gpxpy", "geo.distance", "gpxpy.geo.distance(x, 2.0, 100.0, 48.001, 2.001, 120.0)", 48.0),
    ("anaflow", "thiem", "anaflow.thiem(x, 30.0, 1e-4)", [1.0, 2.0]),
    ("anaflow", "theis", "anaflow.theis([100.0], [5.0], 1e-3, x)", 0.0001),
    ("pybaselines", "utils.gaussian", "pybaselines.utils.gaussian(x, 2.0, 0.3, 0.5)", [0.1, 0.4]),
    ("fooof", "core.funcs.gaussian_function", "fooof.core.funcs.gaussian_function(np.array([1.0, 2.0, 3.0]), *x)", [2.0, 1.0, 0.5]),
    ("fooof", "core.funcs.expo_function", "fooof.core.funcs.expo_function(np.array([1.0, 2.0, 3.0]), *x)", [2.0, 1.0, 0.5]),
    ("aotools", "functions.gaussian2d", "aotools.gaussian2d(5, x)", 1.5),
    ("aotools", "cn2_to_r0", "aotools.cn2_to_r0(x)", 1e-13),
    ("aotools", "zernike_noll", "aotools.functions.zernike.phaseFromZernikes(x, 8)", [0.1, 0.2, 0.3]),
    ("physipy", "Quantity arithmetic", "(physipy.Quantity(x, physipy.Dimension('L')) ** 2 * 3.0).value", 2.0),
    ("physipy", "units", "(x * physipy.m / physipy.s).value", 2.0),
    ("euclid3", "Vector3.magnitude", "euclid3.Vector3(x, 2.0, 3.0).magnitude()", 1.0),
    ("euclid3", "Quaternion rotation", "(euclid3.Quaternion.new_rotate_axis(x, euclid3.Vector3(0.0, 0.0, 1.0)) * euclid3.Vector3(1.0, 2.0, 3.0)).x", 0.4),
    ("euclid3", "Matrix4.new_rotatex", "(euclid3.Matrix4.new_rotatex(x) * euclid3.Point3(1.0, 2.0, 3.0)).y", 0.4),
    ("toqito", "state_metrics.trace_distance", "toqito.state_metrics.trace_distance(np.diag([x, 1 - x]), np.diag([0.5, 0.5]))", 0.7),
    ("toqito", "rand-free channel: purity", "toqito.state_props.purity(np.array([[x, 0.1], [0.1, 1 - x]]))", 0.7),
    ("spectrum", "levinson", "spectrum.LEVINSON(x, 2)[0]", [3.0, 1.0, 0.5]),
    ("spectrum", "arburg", "spectrum.arburg(x, 2)[0].real", [1.0, 0.5, -0.3, 0.2, 0.7, -0.1]),
    ("spectrum", "window_gaussian", "spectrum.window.window_gaussian(8, x)", 2.5),
    ("peakutils", "peak.gaussian", "peakutils.peak.gaussian(0.3, x, 0.5, 0.7)", 2.0),
    ("peakutils", "peak.centroid", "peakutils.peak.centroid(np.array([1.0, 2.0, 3.0]), x)", [0.5, 2.0, 0.7]),
    ("optproblems", "continuous.branin", "optproblems.continuous.branin([x, 2.0])", 1.0),
    ("optproblems", "continuous.shekel", "optproblems.continuous.Shekel(5).objective_function([x, 3.0, 4.1, 4.2])", 4.0),
    ("smt", "Branin", "smt.problems.Branin(ndim=2)(x)", [[1.0, 2.0]]),
    ("smt", "WaterFlow", "smt.problems.WaterFlow(ndim=8)(x)", [[0.1, 1000.0, 80000.0, 1000.0, 80.0, 750.0, 1300.0, 10000.0]]),
    ("smt", "Rosenbrock", "smt.problems.Rosenbrock(ndim=3)(x)", [[0.3, 0.4, 0.5]]),
    ("nengo", "LIFRate.rates", "nengo.LIFRate().rates(x, [1.5], [1.0])", [2.0]),
    ("nengo", "Sigmoid.rates", "nengo.Sigmoid().rates(x, [1.5], [0.1])", [2.0]),
    ("colorir", "sRGB to HSL", "colorir.sRGB(x, 120, 30).hsl()[2]", 50.0),
    ("colorir", "color_dist", "colorir.color_dist(colorir.sRGB(x, 120, 30), colorir.sRGB(10, 20, 30))", 50.0),
    ("pyet", "calc_es-like calc_e0", "pyet.calc_e0(x)", 20.0),
    ("pyet", "calc_press", "pyet.calc_press(x)", 200.0),
    ("pyet", "extraterrestrial radiation", "pyet.meteo_utils.solar_declination(x)", 100.0),
    ("PyCO2SYS", "equilibria total salts", "PyCO2SYS.salts.borate_U74(x)", 35.0),
    ("PyCO2SYS", "solubility", "PyCO2SYS.equilibria.p1atm.kH2CO3_TOT_MCHP73(x, 35.0) if hasattr(PyCO2SYS.equilibria, 'p1atm') else PyCO2SYS.salts.fluoride_R65(x)", 290.0),
    ("dcor", "distance_correlation", "dcor.distance_correlation(x, np.array([1.0, 2.5, 2.0, 4.0]))", [0.3, 1.0, 0.7, 1.9]),
    ("pingouin", "compute_effsize", "pingouin.compute_effsize(x, np.array([1.0, 2.5, 2.0, 4.0]), eftype='cohen')", [0.3, 1.0, 0.7, 1.9]),
    ("quantstats", "stats.volatility-like", "quantstats.stats.kelly_criterion(PD(x))", [0.01, -0.02, 0.03, -0.05]),
    ("hapsira", "util.angles", "hapsira.core.angles.E_to_nu(x, 0.3)", 0.7),
    ("hapsira", "core.elements.coe2rv", "hapsira.core.elements.coe2rv(398600.0, x, 0.1, 0.2, 0.3, 0.4, 0.5)[0]", 7000.0),
    # ---- a later blind test
    ("modern_robotics", "MatrixExp3", "modern_robotics.MatrixExp3(modern_robotics.VecToso3(np.array([x, 0.2, 0.3])))", 0.4),
    ("modern_robotics", "MatrixLog3", "modern_robotics.MatrixLog3(modern_robotics.MatrixExp3(modern_robotics.VecToso3(np.array([0.3, x, 0.3]))))", 0.4),
    ("modern_robotics", "MatrixLog6", "modern_robotics.MatrixLog6(modern_robotics.MatrixExp6(modern_robotics.VecTose3(np.array([0.1, x, 0.3, 0.4, 0.5, 0.6]))))", 0.4),
    ("modern_robotics", "FKinSpace", "modern_robotics.FKinSpace(np.eye(4), np.array([[0, 0, 1, 4.0, 0, 0], [0, 0, 0, 0, 1.0, 0], [0, 0, -1, -6, 0, -0.1]]).T, x)", [0.5, 3.0, 2.0]),
    ("modern_robotics", "JacobianBody", "modern_robotics.JacobianBody(np.array([[0, 0, 1, 0, 0.2, 0.2], [1, 0, 0, 2, 0, 3.0], [0, 1, 0, 0, 2, 1]]).T, x)", [0.2, 1.1, 0.1]),
    ("modern_robotics", "InverseDynamics", "ROBOT(modern_robotics.InverseDynamics, x)", [0.1, 0.1, 0.1]),
    ("modern_robotics", "MassMatrix", "modern_robotics.MassMatrix(x, MLIST, GLIST, SLIST)", [0.1, 0.3, 0.2]),
    ("modern_robotics", "QuinticTimeScaling", "modern_robotics.QuinticTimeScaling(2, x)", 0.6),
    ("modern_robotics", "ScrewTrajectory", "np.array(modern_robotics.ScrewTrajectory(np.eye(4), modern_robotics.MatrixExp6(modern_robotics.VecTose3(np.array([0.1, x, 0.3, 0.4, 0.5, 0.6]))), 5.0, 4, 3))", 0.4),
    ("bruges", "rockphysics.v_brine", "bruges.rockphysics.v_brine(x, 30e6, 0.05)", 80.0),
    ("bruges", "rockphysics.smith_gassmann", "bruges.rockphysics.smith_gassmann(x, 36e9, 2.2e9, 0.2)", 12e9),
    ("bruges", "reflection.zoeppritz_rpp", "bruges.reflection.zoeppritz_rpp(x, 1150.0, 2400.0, 2400.0, 1200.0, 2500.0, theta1=15.0).real", 2300.0),
    ("bruges", "reflection.shuey", "bruges.reflection.shuey(x, 1150.0, 2400.0, 2400.0, 1200.0, 2500.0, theta1=np.array([5.0, 15.0])).real", 2300.0),
    ("bruges", "filters.ricker", "bruges.filters.ricker(0.1, 0.004, x)[0]", 25.0),
    ("bruges", "rockphysics.backus", "bruges.rockphysics.backus(x, x / 2, x * 0.9, 30.0, 10.0).Vp", [2300.0, 2400.0, 2600.0, 2500.0, 2450.0]),
    ("boule", "WGS84.normal_gravity", "boule.WGS84.normal_gravity((0.0, x, 500.0))", 40.0),
    ("boule", "WGS84.prime_vertical_radius", "boule.WGS84.prime_vertical_radius(x)", 0.6),
    ("boule", "Ellipsoid.area", "boule.Ellipsoid('e', x, 1 / 298.0, 3.98e14, 7.29e-5).area", 6378137.0),
    ("boule", "WGS84.geodetic_to_spherical", "np.array(boule.WGS84.geodetic_to_spherical((10.0, x, 100.0)))", 40.0),
    ("impedance", "CustomCircuit.predict", "np.abs(impedance.models.circuits.CustomCircuit('R0-p(R1,C1)-W1', initial_guess=[x, 0.2, 0.03, 0.1]).predict(np.array([1.0, 10.0, 100.0])))", 0.01),
    ("impedance", "elements.CPE", "np.abs(impedance.models.circuits.elements.CPE([x, 0.8], np.array([1.0, 10.0])))", 0.02),
    ("impedance", "elements.TLMQ", "np.abs(impedance.models.circuits.elements.TLMQ([x, 0.8, 0.9], [1.0, 10.0]))", 0.02),
    ("ladybug", "psychrometrics.wet_bulb_from_db_rh", "ladybug.psychrometrics.wet_bulb_from_db_rh(x, 60.0)", 24.0),
    ("ladybug", "psychrometrics.dew_point_from_db_rh", "ladybug.psychrometrics.dew_point_from_db_rh(x, 60.0)", 24.0),
    ("ladybug", "psychrometrics.humid_ratio_from_db_rh", "ladybug.psychrometrics.humid_ratio_from_db_rh(24.0, x)", 60.0),
    ("ladybug", "skymodel.zhang_huang_solar", "ladybug.skymodel.zhang_huang_solar(40.0, 0.3, 50.0, x, 19.0, 3.0)", 22.0),
    ("ladybug", "skymodel.disc", "ladybug.skymodel.disc(x, 40.0, 120)[0]", 500.0),
    ("allantools", "oadev", "allantools.oadev(x, rate=1.0, data_type='freq', taus=[1, 2])[1]", [0.1, 0.4, 0.2, 0.7, 0.3, 0.5]),
    ("allantools", "mdev", "allantools.mdev(x, rate=1.0, data_type='freq', taus=[1, 2])[1]", [0.1, 0.4, 0.2, 0.7, 0.3, 0.5, 0.9, 0.1]),
    ("lenstronomy", "SIE.derivatives", "np.array(lenstronomy.LensModel.Profiles.sie.SIE().derivatives(0.7, 0.4, x, 0.1, -0.05))", 1.2),
    ("lenstronomy", "NFW.function", "lenstronomy.LensModel.Profiles.nfw.NFW().function(0.7, 0.4, x, 1.3)", 2.0),
    ("lenstronomy", "LensModel.ray_shooting", "np.array(lenstronomy.LensModel.lens_model.LensModel(['EPL', 'SHEAR']).ray_shooting(x, 0.4, [{'theta_E': 1.2, 'gamma': 2.1, 'e1': 0.1, 'e2': -0.1, 'center_x': 0.0, 'center_y': 0.0}, {'gamma1': 0.02, 'gamma2': -0.01}]))", 0.7),
    ("lenstronomy", "Sersic.function", "lenstronomy.LightModel.Profiles.sersic.Sersic().function(0.7, x, 1.0, 0.8, 2.5)", 0.4),
    ("spotpy", "nashsutcliffe", "spotpy.objectivefunctions.nashsutcliffe([1.0, 2.0, 3.5], x)", [1.1, 1.9, 3.2]),
    ("spotpy", "kge", "spotpy.objectivefunctions.kge([1.0, 2.0, 3.5], x)", [1.1, 1.9, 3.2]),
    ("spotpy", "decomposed_mse", "spotpy.objectivefunctions.decomposed_mse([1.0, 2.0, 3.5], x)", [1.1, 1.9, 3.2]),
    ("simdkalman", "KalmanFilter.compute", "simdkalman.KalmanFilter(state_transition=np.array([[1.0, 1.0], [0.0, 1.0]]), process_noise=np.diag([0.1, 0.01]), observation_model=np.array([[1.0, 0.0]]), observation_noise=1.0).compute(x, 2, filtered=True).predicted.states.mean", [1.1, 1.9, 3.2, 4.1]),
    ("fatpack", "LinearEnduranceCurve", "fatpack.LinearEnduranceCurve(x).find_miner_sum(np.array([60.0, 80.0, 100.0]))", 90.0),
    ("fatpack", "find_rainflow_ranges", "fatpack.find_rainflow_ranges(x)", [0.1, 2.0, 0.5, 3.0, 0.2, 1.5, 0.3, 2.2, 0.0]),
    ("python_speech_features", "hz2mel", "python_speech_features.base.hz2mel(x)", 440.0),
    ("python_speech_features", "mfcc", "python_speech_features.mfcc(x * np.sin(np.arange(800) * 0.05) + np.cos(np.arange(800) * 0.31))[0, :5]", 3.0),
    ("python_speech_features", "delta", "python_speech_features.delta(np.reshape(x, (3, 2)), 1)", [1.0, 2.0, 4.0, 3.0, 2.0, 0.5]),
    ("Bio", "MeltingTemp.salt_correction", "Bio.SeqUtils.MeltingTemp.salt_correction(Na=x, Mg=1.5, dNTPs=0.6, method=5, seq='ACGTACGT')", 50.0),
    ("Bio", "MeltingTemp.Tm_NN", "Bio.SeqUtils.MeltingTemp.Tm_NN('CGTTCCAAAGATGTGGGCATGAGCTTAC', Na=x)", 50.0),
    ("Bio", "PDB.calc_dihedral", "Bio.PDB.vectors.calc_dihedral(Bio.PDB.vectors.Vector(0, 0, x), Bio.PDB.vectors.Vector(0, 0, 0), Bio.PDB.vectors.Vector(0, 2, 0), Bio.PDB.vectors.Vector(1, 3, 0.5))", 1.3),
    ("Bio", "PDB.rotaxis2m", "Bio.PDB.vectors.rotaxis2m(x, Bio.PDB.vectors.Vector(1, 2, 0.5))", 0.7),
    ("magpylib", "func.dipole_field", "magpylib.func.dipole_field('B', (0.1, 0.2, 0.3), (x, 2.0, 3.0))", 1.0),
    ("magpylib", "func.cuboid_field", "magpylib.func.cuboid_field('B', (0.1, 0.2, x), (0.1, 0.1, 0.1), (0.0, 0.0, 1.0))", 0.3),
    ("magpylib", "func.sphere_field", "magpylib.func.sphere_field('B', (0.1, x, 0.3), 0.1, (0.0, 0.0, 1.0))", 0.3),
    ("pyfar", "rad2deg", "pyfar.rad2deg(np.array([[x, 0.3, 1.0]]))", 0.3),
    ("metpy", "calc.heat_index of quantities", "metpy.calc.heat_index(x * metpy.units.units.degF, 0.6 * metpy.units.units.dimensionless).m", 90.0),
    # ---- chosen blind on 27 November
    ("great_circle_calculator", "distance_between_points", "great_circle_calculator.great_circle_calculator.distance_between_points((x, 51.5), (-74.0, 40.7))", -0.1),
    ("great_circle_calculator", "bearing_at_p1", "great_circle_calculator.great_circle_calculator.bearing_at_p1((x, 51.5), (-74.0, 40.7))", -0.1),
    ("great_circle_calculator", "intermediate_point", "great_circle_calculator.great_circle_calculator.intermediate_point((x, 51.5), (-74.0, 40.7), 0.3)[1]", -0.1),
    ("great_circle_calculator", "point_given_start_and_bearing", "great_circle_calculator.great_circle_calculator.point_given_start_and_bearing((x, 51.5), 120.0, 5e4)[0]", -0.1),
    ("solarpy", "theta", "solarpy.radiation.theta(DAY, x, 30.0, 10.0)", 40.0),
    ("solarpy", "beam_irradiance", "solarpy.radiation.beam_irradiance(x, DAY, 40.0)", 300.0),
    ("solarpy", "air_mass_kastenyoung1989", "solarpy.radiation.air_mass_kastenyoung1989(x, 300.0)", 0.7),
    ("solarpy", "lla2ecef", "solarpy.utils.lla2ecef(x, 10.0, 300.0)[0]", 40.0),
    ("eqsig", "calc_velo_and_disp_from_accel_arr", "eqsig.displacements.calc_velo_and_disp_from_accel_arr(x, 0.01)[1][-1]", QUAKE),
    ("eqsig", "pseudo_response_spectra", "eqsig.sdof.pseudo_response_spectra(x, 0.01, np.array([0.2, 0.5]), 0.05)[0].sum()", QUAKE),
    ("eqsig", "calc_cyc_amp_array_w_power_law", "eqsig.im.calc_cyc_amp_array_w_power_law(x, 15.0, 0.3)[-1]", QUAKE),
    ("nashpy", "get_derivative_of_fitness", "nashpy.learning.replicator_dynamics.get_derivative_of_fitness(np.array([x, 1 - x]), 0.0, np.array([[3.0, 1.0], [2.0, 4.0]]), np.eye(2))[0]", 0.3),
    ("pyerf", "erf", "pyerf.erf(x)", 0.7),
    ("pyerf", "erfc", "pyerf.erfc(x)", 1.7),
    ("pyerf", "erfinv", "pyerf.erfinv(x)", 0.3),
    ("numdifftools", "fornberg.fd_derivative", "numdifftools.fornberg.fd_derivative(x, np.linspace(0.0, 3.9, 40))[7]", QUAKE),
    ("numdifftools", "fornberg.fd_weights", "numdifftools.fornberg.fd_weights([0.0, 1.0, x], 0.3, 1)[1]", 2.2),
    ("numdifftools", "Derivative", "numdifftools.Derivative(lambda t: t**3 * x)(1.1)", 2.0),
    ("nashpy", "regret_minimization", "nashpy.learning.regret_minimization.update_strategy(np.array([0.4, 0.6]), np.array([x, 1.0]), 0.1)[0]", 3.0),
    ("nashpy", "Game.__getitem__", "nashpy.Game(np.array([[x, 1.0], [2.0, 4.0]]))[[0.2, 0.8], [0.3, 0.7]][0]", 3.0),
]  # fmt: skip

HELPERS = '''
def SI(module):
    module.SetUnitSystem(module.SI)
    return module

def float_of(x):
    return getattr(x, "c", x) if not isinstance(x, (int, float)) else x

def KALMAN(x):
    from filterpy.kalman import KalmanFilter
    k = KalmanFilter(dim_x=2, dim_z=1)
    k.F, k.H = np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([[1.0, 0.0]])
    k.predict()
    k.update(x)
    return k.x[0, 0]

def SGP4(x):
    from sgp4.earth_gravity import wgs72
    from sgp4.io import twoline2rv
    s = "1 25544U 98067A   19343.69339541  .00001764  00000-0  38792-4 0  9991"
    t = "2 25544  51.6439 211.2001 0007417  17.6667  85.6398 15.50103472202482"
    from sgp4.propagation import sgp4
    return sgp4(twoline2rv(s, t, wgs72), x)[0][0]

def PLATYPUS(x):
    problem = platypus.DTLZ2(2)
    solution = platypus.Solution(problem)
    solution.variables[:] = [x] + [0.4] * (problem.nvars - 1)
    problem.evaluate(solution)
    return solution.objectives[0]

def CURVE(x):
    from geomdl import BSpline
    c = BSpline.Curve()
    c.degree = 2
    c.ctrlpts = [[0.0, 0.0], [1.0, 2.0], [2.0, 0.5], [3.0, 1.0]]
    c.knotvector = [0, 0, 0, 0.5, 1, 1, 1]
    return c.evaluate_single(x)[1]

def NURBS(x):
    from geomdl import NURBS
    c = NURBS.Curve()
    c.degree = 2
    c.ctrlpts = [[0.0, 0.0], [1.0, x], [2.0, 0.5], [3.0, 1.0]]
    c.weights = [1.0, 0.7, 1.0, 1.0]
    c.knotvector = [0, 0, 0, 0.5, 1, 1, 1]
    return c.evaluate_single(0.3)[1]

def MEEUS(x):
    from pymeeus.Angle import Angle
    from pymeeus.Coordinates import equatorial2horizontal
    return equatorial2horizontal(Angle(x), Angle(-6.7), Angle(38.9))[1].rad()

def ASTEVAL(x):
    a = asteval.Interpreter()
    a.symtable['x'] = x
    return a('sin(x) * x**2')

def RANK(x):
    g = networkx.DiGraph()
    g.add_edge(0, 1, weight=x)
    g.add_edge(1, 2, weight=2.0)
    g.add_edge(0, 2, weight=1.0)
    g.add_edge(2, 0, weight=1.0)
    return networkx.shortest_path_length(g, 0, 2, weight='weight')

def LAMBDIFIED(x):
    y = sympy.Symbol('y')
    return sympy.lambdify(y, sympy.sin(y) * sympy.exp(y), 'math')(x)

import datetime
DATE = datetime.datetime(2021, 3, 28)

def PT(c):
    from geojson import Point, Feature
    return Feature(geometry=Point(c, precision=15))

def LJ(x):
    from ase import Atoms
    from ase.calculators.lj import LennardJones
    a = Atoms('Ar2', positions=np.array([[0.0, 0.0, 0.0], x]))
    a.calc = LennardJones()
    return a.get_potential_energy()

def COSMO():
    from colossus.cosmology import cosmology
    return cosmology.setCosmology('planck18', persistence='')

def NFW():
    COSMO()
    from colossus.halo.profile_nfw import NFWProfile
    return NFWProfile(rhos=1e6, rs=30.0)

def ORBIT(x):
    from beyond.orbits.forms import get_form, KEPL, CART, Form
    from beyond.orbits import Orbit
    from beyond.dates import Date
    return np.array(beyond.orbits.StateVector(x, Date(2020, 1, 1), "keplerian", "EME2000").copy(form="cartesian"))[0]

def float_of_unyt(x):
    return x.value

def BEAM(x):
    from Pynite import FEModel3D
    m = FEModel3D()
    m.add_node('N1', 0, 0, 0)
    m.add_node('N2', 100.0, 0, 0)
    m.add_material('S', 29000.0, 11400.0, 0.5, 490e-3)
    m.add_section('sec', 20.0, 100.0, 150.0, 250.0)
    m.add_member('M1', 'N1', 'N2', 'S', 'sec')
    m.def_support('N1', True, True, True, True, True, True)
    m.add_node_load('N2', 'FY', -x)
    m.analyze(sparse=False)
    return m.nodes['N2'].DY['Combo 1']

def FRAME(x):
    from anastruct import SystemElements
    s = SystemElements(EI=5000.0)
    s.add_element(location=[[0, 0], [5, 0]])
    s.add_support_fixed(node_id=1)
    s.point_load(node_id=2, Fy=-x)
    s.solve()
    return s.get_node_displacements(node_id=2)['uy']

def PD(x):
    import pandas
    return pandas.Series(x)
M = np.array([[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0.089159], [0, 0, 0, 1]])
M12 = np.array([[0.0, 0, 1, 0.28], [0, 1, 0, 0.13585], [-1, 0, 0, 0], [0, 0, 0, 1]])
M23 = np.array([[1.0, 0, 0, 0], [0, 1, 0, -0.1197], [0, 0, 1, 0.395], [0, 0, 0, 1]])
M34 = np.array([[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0.14225], [0, 0, 0, 1]])
MLIST = np.array([M, M12, M23, M34])
GLIST = np.array([np.diag([0.010267, 0.010267, 0.00666, 3.7, 3.7, 3.7]), np.diag([0.22689, 0.22689, 0.0151074, 8.393, 8.393, 8.393]), np.diag([0.0494433, 0.0494433, 0.004095, 2.275, 2.275, 2.275])])
SLIST = np.array([[1.0, 0, 1, 0, 1, 0], [0, 1, 0, -0.089, 0, 0], [0, 1, 0, -0.089, 0, 0.425]]).T

def ROBOT(f, x):
    return f(x, np.array([0.1, 0.2, 0.3]), np.array([2.0, 1.5, 1.0]), np.array([0.0, 0, -9.8]), np.ones(6), MLIST, GLIST, SLIST)
'''
OBJECTS = {"solarpy": ("DAY", "__import__('datetime').datetime(2021, 6, 1, 10, 30)"), "pint": ("UREG", "pint.UnitRegistry()"), "pyromat": ("N2", "pyromat.get('ig.N2')"),
           "psychrolib": ("psychrolib_si", "SI(psychrolib)"), "pygeomag": ("GEOMAG", "pygeomag.GeoMag()"),
           "pyXSteam": ("STEAM", "pyXSteam.XSteam.XSteam(pyXSteam.XSteam.XSteam.UNIT_SYSTEM_MKS)")}  # fmt: skip
SUBMODULES = {
    "great_circle_calculator": ["great_circle_calculator"], "solarpy": ["radiation", "utils"],
    "eqsig": ["displacements", "sdof", "im"],
    "nashpy": ["learning.replicator_dynamics", "learning.regret_minimization"], "numdifftools": ["fornberg"],
    "fluids": ["control_valve", "friction"], "iapws": ["iapws97"], "geographiclib": ["geodesic"], "transforms3d": ["euler", "quaternions"],
    "geopy": ["distance"], "astral": ["sun"], "colormath": ["color_conversions", "color_objects"],
    "lmfit": ["lineshapes"], "deap": ["benchmarks"], "pyrr": ["quaternion"], "ikpy": ["utils.geometry"], "thermo": ["wilson"],
    "pythermalcomfort": ["utilities"], "pyXSteam": ["XSteam"], "pytransform3d": ["rotations"], "skyfield": ["functions", "nutationlib"],
    "chemicals": ["iapws", "rachford_rice"], "pvlib": ["atmosphere"],
    "pygeodesy": ["ellipsoidalVincenty"], "pymeeus": ["Coordinates", "Angle"], "splines": ["quaternion"], "pyransac3d": ["aux_functions"],
    "suncalc": ["suncalc"], "spatialmath": ["base"], "windpowerlib": ["wind_speed", "temperature", "density"], "PyAstronomy": ["pyasl"],
    "skrf": ["network", "tlineFunctions"], "orbital": ["utilities"], "refet": ["calcs"], "pysolar": ["solar", "radiation"],
    "py_vollib": ["black.implied_volatility", "black_scholes.greeks.analytical"], "uncertainties": ["umath"], "emcee": ["autocorr"],
    "prysm": ["thinlens", "coordinates", "refractive"],
    "ase": ["eos", "cell", "thermochemistry"],
    "periodictable": ["nsf", "xsf"],
    "chempy": ["properties.water_density_tanaka_2001", "properties.sulfuric_acid_density_myhre_1998", "electrolytes"],
    "turfpy": ["measurement"],
    "SALib": ["test_functions.Ishigami", "test_functions.Sobol_G"],
    "niapy": ["problems"],
    "skspatial": ["objects"],
    "mir_eval": ["melody"],
    "orbit_predictor": ["angles", "coordinate_systems"],
    "beyond": ["orbits"],
    "statsmodels": ["tools.eval_measures", "api"],
    "pymoo": ["problems"],
    "pyloudnorm": ["normalize"],
    "typhon": ["physics"],
    "gpxpy": ["geo"],
    "pybaselines": ["utils"],
    "fooof": ["core.funcs"],
    "aotools": ["functions.zernike"],
    "toqito": ["state_metrics", "state_props"],
    "spectrum": ["window"],
    "peakutils": ["peak"],
    "optproblems": ["continuous"],
    "smt": ["problems"],
    "pyet": ["meteo_utils"],
    "PyCO2SYS": ["salts", "equilibria"],
    "quantstats": ["stats"],
    "hapsira": ["core.angles", "core.elements"],
    "ahrs": ["common.orientation"], "pyorbital": ["astronomy"], "pyswarms": ["utils.functions.single_obj"],
    "bruges": ["rockphysics", "reflection", "filters"],
    "impedance": ["models.circuits", "models.circuits.elements"],
    "ladybug": ["psychrometrics", "skymodel"],
    "lenstronomy": ["LensModel.Profiles.sie", "LensModel.Profiles.nfw", "LensModel.lens_model", "LightModel.Profiles.sersic"],
    "spotpy": ["objectivefunctions"], "python_speech_features": ["base"], "magpylib": ["func"],
    "Bio": ["SeqUtils.MeltingTemp", "PDB.vectors"], "metpy": ["calc", "units"],
}  # fmt: skip


def function_of(package, text):
    """The function of x, in a module of its own; None where the package is not installed."""
    import types

    try:
        module = importlib.import_module(package)
        for name in SUBMODULES.get(package, []):
            try:
                importlib.import_module(f"{package}.{name}")
            except ModuleNotFoundError:
                continue
    except ImportError:
        return None
    home = types.ModuleType("__main__")
    vars(home).update({package: module, "np": np})
    exec(compile(HELPERS, "<helpers>", "exec"), vars(home))
    if package in OBJECTS:
        name, how = OBJECTS[package]
        vars(home)[name] = eval(how, vars(home))
    exec(compile(f"def f(x):\n    return {text}", f"<{package}>", "exec"), vars(home))
    return vars(home)["f"]


def direction(x):
    """Along what is differentiated."""
    return 1.0 if np.ndim(x) == 0 else (np.cos(np.arange(np.size(x))) + 0.3).reshape(np.shape(x))


def slope(f, x):
    """(derivative by differences, extrapolated to step 0; an estimate of its error)."""
    from dualdiff.differences import Subject, differences

    found = differences(subject := Subject(f, (x,), (direction(x),)), subject.given)
    return found.value, found.error + np.abs(np.nan_to_num(found.other - found.value))


def outcome(f, x, wanted, value):
    """"yes", "WRONG", or the name of the error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found, t = dd.jvp(f, (x,), (direction(x),))
    except Exception as error:
        return f"no: {type(error).__name__}", error
    t, found = np.ravel(np.asarray(t, dtype=float)), np.ravel(np.asarray(found, dtype=float))
    d, e = wanted
    right = np.allclose(found, np.ravel(value), rtol=1e-12, atol=0, equal_nan=True)
    right &= bool(np.all(np.abs(t - d) <= 1e-6 * np.max(np.abs(d), initial=0.0) + 10 * e + 1e-12))
    return ("yes" if right else f"WRONG: {t[:3]} for {d[:3]}"), None


def main(chosen):
    """Prints the table."""
    counts = np.zeros(4, int)
    print("| package | function | as it is | by itself | with help |\n|---|---|---|---|---|")
    for package, what, text, x, *others in FUNCTIONS:
        if chosen and package not in chosen:
            continue
        f, x = function_of(package, text), np.array(x) if isinstance(x, list) else x
        if f is None:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                value = np.asarray(f(x), dtype=float)
                wanted = slope(f, x)
        except Exception as error:
            print(f"<!-- {package} {what}: the call itself raises {type(error).__name__}: {str(error)[:90]} -->")
            continue
        with dd.auto_lift(False):
            plain, _ = outcome(f, x, wanted, value)
        itself, error = outcome(f, x, wanted, value)
        packages = [package, *" ".join(others).split()]
        try:
            helped, error = (itself, error) if itself == "yes" else outcome(dd.lift(f, packages=packages), x, wanted, value)
        except Exception as e:
            helped, error = f"no: {type(e).__name__}", e
        counts += [1, plain == "yes", itself == "yes", helped == "yes"]
        print(f"| {package} | `{what}` | {plain} | {itself} | {helped} |", flush=True)
        if chosen and error is not None:
            print(f"<!-- {str(error)[:400]} {getattr(error, '__notes__', '')} -->")
    print(f"\n{counts[0]} functions: {counts[1]} as they are, {counts[2]} by themselves, {counts[3]} with help")


if __name__ == "__main__":
    main(sys.argv[1:])
